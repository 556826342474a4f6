"""A pytest plugin that runs the examples of the docs, the README and the docstrings.

Used as ``python -m pytest -p tests.examples README.md docs src``. In Markdown, each block fenced
as ``python`` is run, and the blocks of one page share their names. In the code, each ``>>>`` in a
docstring is.
"""

from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

HOUSE = str(Path(__file__).parent.parent)
LENIENT = ELLIPSIS | NORMALIZE_WHITESPACE

pages = Sybil(
    [PythonCodeBlockParser(doctest_optionflags=LENIENT), SkipParser()], pattern="*.md", path=HOUSE
)
docstrings = Sybil([DocTestParser(LENIENT)], pattern="*.py", path=HOUSE)

pytest_collect_file = (pages + docstrings).pytest()
