"""What holds for the library as a whole: what it imports, what it shows, what it calls itself."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import ordersales
from tests.rules_report import faults, stated, tabled

HOUSE = Path(__file__).parent.parent
ROOMS = HOUSE / "src" / "ordersales"

FOREIGN = {
    "django", "duckdb", "fastapi", "flask", "hypothesis", "ibis", "pandas", "polars", "pytest",
    "rich", "sqlalchemy", "stripe",
}  # fmt: skip


def test_importing_the_library_imports_no_optional_technology() -> None:
    """A fresh interpreter that imports the library has loaded nothing that an extra brings."""
    program = "import ordersales, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    loaded = set(told.stdout.split())

    assert {"ordersales"} == loaded & {"ordersales", *FOREIGN}


def test_the_library_shows_something() -> None:
    """There is a public surface, each name once."""
    assert ordersales.__all__
    assert len(set(ordersales.__all__)) == len(ordersales.__all__)


@pytest.mark.parametrize("name", getattr(ordersales, "__all__", []))
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    """Each name of the public surface exists, and each class and function has a docstring."""
    public = getattr(ordersales, name)

    assert public.__doc__ or not callable(public)


@pytest.mark.rule("O2", "B1")
@pytest.mark.parametrize(
    "source",
    [*ROOMS.glob("values/*.py"), *ROOMS.glob("models/*.py"), *ROOMS.glob("rules/*.py")],
    ids=lambda source: f"{source.parent.name}/{source.stem}",
)
def test_no_float_is_ever_asked_for(source: Path) -> None:
    """No field, argument or answer of values, models and rules is annotated as a float."""
    annotations = [
        annotation
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if annotation is not None
    ]

    assert [] == [told for told in map(ast.unparse, annotations) if "float" in told]


def test_the_version_is_told_alike() -> None:
    """The installed library has the version that pyproject.toml states."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["version"] == version("ordersales")


def test_ci_runs_the_command_of_the_readme() -> None:
    """What a reader is told to type to run the tests is what CI types."""
    command = 'python3 -m pip install "nox[uv]" && python3 -m nox -s tests'

    assert command in (HOUSE / "README.md").read_text("utf-8")
    assert command in (HOUSE / ".ci" / "run").read_text("utf-8")


def test_every_rule_listed_as_open_is_a_rule() -> None:
    """The list of what is not built yet names rules that exist."""
    rules = stated((HOUSE / "docs" / "rules.md").read_text("utf-8"))
    waiting = tabled((HOUSE / "docs" / "rules-open.md").read_text("utf-8"))

    assert len(set(rules)) == len(rules)
    assert set() == waiting - set(rules)


def test_the_rules_report_finds_each_kind_of_fault() -> None:
    """A bare rule, an open rule that is held, and a name that is no rule are each told."""
    told = faults(rules=["A1", "A2", "A3"], waiting={"A2"}, held={"A2": ["t"], "A9": ["t"]})

    assert ["A1", "A3", "A2", "A9"] == [sentence.split()[0] for sentence in told]


def test_the_rules_report_is_content_when_each_rule_is_held_or_open() -> None:
    """Nothing is told where nothing is wrong."""
    assert [] == faults(rules=["A1", "A2"], waiting={"A2"}, held={"A1": ["t"]})
