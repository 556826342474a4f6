"""Print every rule with the tests that hold it: ``python -m tests.rules_report``.

Fails where a rule in force has no test, where a rule listed as open has one (it belongs off the
list then), and where a test or the list names a rule that does not exist.
"""

import re
import sys
from pathlib import Path

import pytest

#: The rules, and those of them that are not built yet.
RULES, OPEN = Path("docs/rules.md"), Path("docs/rules-open.md")


class Collector:
    """A pytest plugin that keeps, for each rule named by a marker, the tests that name it."""

    def __init__(self) -> None:
        self.held: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the markers; a parametrised test counts once."""
        for item in items:
            test = item.nodeid.partition("[")[0]
            for name in [name for marker in item.iter_markers("rule") for name in marker.args]:
                tests = self.held.setdefault(name, [])
                if test not in tests:
                    tests.append(test)


def stated(text: str) -> list[str]:
    """Return the names of the rules that a text states, in its order."""
    return re.findall(r"^- \*\*([A-Z]\d+)\*\*", text, flags=re.MULTILINE)


def tabled(text: str) -> set[str]:
    """Return the names of the rules in the tables of a text."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"\b[A-Z]\d+\b", row)}


def faults(rules: list[str], waiting: set[str], held: dict[str, list[str]]) -> list[str]:
    """Return what is wrong, a sentence each."""
    bare = [name for name in rules if name not in waiting and name not in held]
    ready = [name for name in rules if name in waiting and name in held]
    unknown = sorted({*held, *waiting} - {*rules})
    return [
        *(f"{name} is in force, and no test holds it" for name in bare),
        *(f"{name} is held by tests: take it off {OPEN}" for name in ready),
        *(f"{name} is no rule of {RULES}" for name in unknown),
    ]


def main() -> int:
    """Collect the tests, print the report, and return 1 where something is wrong."""
    collector = Collector()
    # Said by this report alone: without its terminal plugin, pytest prints nothing, and the
    # options that belong to that plugin have to go with it.
    quiet = ["--collect-only", "-p", "no:terminal", "-o", "addopts=--import-mode=importlib"]
    code = pytest.main([*quiet, *sys.argv[1:]], plugins=[collector])
    if code != pytest.ExitCode.OK:
        print(f"the tests can't be collected ({code!r}); pytest --collect-only tells why")
        return 1
    rules, waiting = stated(RULES.read_text("utf-8")), tabled(OPEN.read_text("utf-8"))
    for name in rules:
        tests = collector.held.get(name, [])
        print(f"{name:4} {'open' if name in waiting else f'{len(tests)} tests'}")
        for test in tests:
            print(f"       {test}")
    wrong = faults(rules, waiting, collector.held)
    print(f"\n{len(rules)} rules, {len(waiting)} of them open, {len(wrong)} faults")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
