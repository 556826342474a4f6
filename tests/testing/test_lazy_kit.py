"""What `import ordersales.testing` loads, and when the rest comes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ordersales import testing


@pytest.mark.parametrize("name", testing.__all__)
def test_a_name_is_the_same_object_every_time(name: str) -> None:
    """What is asked for once is kept, and is what its home has."""
    assert getattr(testing, name) is getattr(testing, name)
    assert name in vars(testing)
    assert getattr(testing, name).__doc__


def test_type_checkers_and_the_interpreter_find_the_same_names() -> None:
    """The imports that type checkers read, the homes, and the public surface agree."""
    tree = ast.parse(Path(testing.__file__).read_text("utf-8"))
    read = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("ordersales.")
        for alias in node.names
    }

    assert read == testing._HOME_OF
    assert sorted(testing.__all__) == sorted(read)


def test_all_names_are_listed() -> None:
    """What an interactive shell completes knows the names."""
    assert set(testing.__all__) <= set(dir(testing))


def test_a_name_that_is_not_there_is_refused_as_by_any_module() -> None:
    """The error names the module and the name."""
    with pytest.raises(AttributeError, match=r"'ordersales\.testing' has no attribute 'Nonsense'"):
        _ = testing.Nonsense
