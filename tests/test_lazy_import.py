"""What `import ordersales` loads, and when the rest comes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ordersales


def told_by(program: str) -> list[str]:
    """Return the words that `program` prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_importing_the_library_loads_none_of_its_rooms() -> None:
    """A program pays for what it uses: neither rooms nor dependencies are loaded before."""
    loaded = told_by(
        "import sys, ordersales;"
        "print(*(name for name in sys.modules if name.startswith(('ordersales', 'attr'))))"
    )

    assert ["ordersales"] == loaded


def test_a_name_loads_its_home_and_what_that_needs() -> None:
    """Asking for money loads the values, and neither services nor front doors."""
    loaded = told_by(
        "import sys; from ordersales import Money;"
        "print(*(name for name in sys.modules if name.startswith('ordersales.')))"
    )

    assert "ordersales.values.money" in loaded
    assert set() == {"ordersales.services", "ordersales.back_office"} & set(loaded)


def test_all_of_it_loads_no_optional_technology() -> None:
    """Every public name is there without anything that an extra brings."""
    loaded = told_by(
        "import sys; from ordersales import *; assert BackOffice;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )

    assert {"attrs"} == {"attrs", "hypothesis", "pytest", "rich", "sqlalchemy", "xlsxwriter"} & set(
        loaded
    )


@pytest.mark.parametrize("name", ordersales.__all__)
def test_a_name_is_the_same_object_every_time(name: str) -> None:
    """What is asked for once is kept, and is what its home has."""
    assert getattr(ordersales, name) is getattr(ordersales, name)
    assert name in vars(ordersales)


def test_type_checkers_and_the_interpreter_find_the_same_names() -> None:
    """The imports that type checkers read, the homes, and the public surface agree."""
    tree = ast.parse(Path(ordersales.__file__).read_text("utf-8"))
    read = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("ordersales.")
        for alias in node.names
    }

    assert read == ordersales._HOME_OF
    assert sorted(ordersales.__all__) == sorted(read)


def test_all_names_are_listed_before_they_are_loaded() -> None:
    """What an interactive shell completes knows the names from the start."""
    assert set(ordersales.__all__) <= set(told_by("import ordersales; print(*dir(ordersales))"))


def test_a_name_that_is_not_there_is_refused_as_by_any_module() -> None:
    """The error names the module and the name."""
    with pytest.raises(AttributeError, match="module 'ordersales' has no attribute 'Nonsense'"):
        _ = ordersales.Nonsense
