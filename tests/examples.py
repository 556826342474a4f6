"""A pytest plugin that runs the examples of the docs, the README and the docstrings.

Used as ``python -m pytest -p tests.examples README.md docs src``. In Markdown, each block fenced
as ``python`` is run, and the blocks of one page share their names. In the code, each ``>>>`` in a
docstring is. Pages of hosts find a database under the names that their environment would have.
"""

from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from tests.postgres import running_server

HOUSE = str(Path(__file__).parent.parent)
LENIENT = ELLIPSIS | NORMALIZE_WHITESPACE

#: Pages that show a host with a database.
HOSTS = [
    "README.md",
    "fastapi.md",
    "flask.md",
    "migrations.md",
    "procrastinate.md",
    "sql-storage.md",
]
MARKDOWN = [PythonCodeBlockParser(doctest_optionflags=LENIENT), SkipParser()]

pages = Sybil(MARKDOWN, pattern="*.md", excludes=HOSTS, path=HOUSE)
hosts = Sybil(MARKDOWN, patterns=HOSTS, path=HOUSE, fixtures=["environment"])
docstrings = Sybil([DocTestParser(LENIENT)], pattern="*.py", path=HOUSE)

pytest_collect_file = SybilCollection((pages, hosts, docstrings)).pytest()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give hosts the addresses of their databases, which are empty."""
    folder = tmp_path_factory.mktemp("shop")
    with (
        running_server() as server,
        server.database() as database,
        pytest.MonkeyPatch.context() as host,
    ):
        host.setenv("DATABASE_URL", database.url)
        host.setenv("SHOP_FILE", str(folder / "shop.sqlite"))
        yield
