"""The command line: what it shows, and with which code it ends."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ordersales.__main__ import main
from ordersales.demo.purchases import INSTALL

STATEMENTS = (
    "each purchase is one order at its own amount",
    "order: price = paid + outstanding + waived - surplus",
    "gateways' own books = our payments, one by one",
    "what gateways and banks returned = our refunds",
    "the total of the input is found again",
)


@pytest.mark.parametrize("drawing", [["--plain"], []], ids=["plain", "rich"])
def test_every_check_is_shown(
    drawing: list[str], purchases_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lists and checks are shown, and it ends well."""
    code = main(["demo", "--purchases", str(purchases_file), *drawing])

    told = capsys.readouterr()
    tick = "[ok]" if drawing else "✓"
    assert (0, "") == (code, told.err)
    assert "All orders, newest first (6 of 8)" in told.out
    assert all(f"{tick} {statement}" in told.out for statement in STATEMENTS)
    assert "165.82 read, 165.82 found" in told.out
    assert "microseconds an order" in told.out


def test_every_section_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With enough purchases, some are open in parts, some went back, and some need a person."""
    path = tmp_path / "many.txt"
    lines = [
        f"{customer:05} 1997{month}01 {units} {dollars}\n"
        for month, units, dollars in (("01", 1, "11.77"), ("03", 3, "20.75"))
        for customer in range(1000)
    ]
    path.write_text("".join(lines), "ascii")

    assert 0 == main(["demo", "--purchases", str(path), "--plain", "--seed", "3"])

    told = capsys.readouterr().out
    assert "Only Open, paid in parts: C and D are offered as well (6 of" in told
    assert " CDXESUR\n" in told
    assert " is still open: " in told
    assert "opened to its invoices" in told
    assert "The history of order" in told
    assert "The sale was confirmed as that of" in told
    assert "Check opened on order" in told
    assert "Why: sales plan." in told
    assert "The card of Customer" in told
    assert "Pays for" in told
    assert "Money that went back" in told
    assert " chargeback " in told
    assert "Orders that a person has to look at" in told
    assert 100 >= max(map(len, told.splitlines()))


def test_gifts_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing was paid, there is no invoice to show, and nothing went back."""
    path = tmp_path / "gifts.txt"
    path.write_text("00001 19970101 1 0.00\n", "ascii")

    assert 0 == main(["demo", "--purchases", str(path), "--plain"])

    told = capsys.readouterr().out
    assert "opened to its invoices" not in told
    assert "Payments, newest first" not in told
    assert "went back" not in told


def test_a_limit_and_a_seed(purchases_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the first purchases of the file are taken."""
    path = str(purchases_file)

    assert 0 == main(["demo", "--purchases", path, "--plain", "--limit", "2", "--seed", "5"])

    told = capsys.readouterr().out
    assert "2 real purchases from 1997-01-04 to 1997-01-12; seed 5" in told
    assert "23.77 read, 23.77 found" in told


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_is_positive(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No purchases at all are no demo."""
    with pytest.raises(SystemExit) as caught:
        main(["demo", "--limit", limit])

    assert 2 == caught.value.code
    assert "argument --limit" in capsys.readouterr().err


def test_a_package_that_is_not_whole(packages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check that does not hold is shown as such, and is the exit code."""
    path = packages / "lifetimes" / "datasets" / "CDNOW_master.txt"
    path.parent.mkdir(parents=True)
    path.write_text("00001 19970101 1 11.77\n", "ascii")

    assert 1 == main(["demo", "--plain"])
    assert "[NO] the input is whole" in capsys.readouterr().out
    assert 0 == main(["demo", "--plain", "--limit", "1"])


@pytest.mark.parametrize("limit", [[], ["--limit", "5"]], ids=["all", "limited"])
def test_a_missing_package(
    limit: list[str], packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that brings the data is told, and nothing is shown."""
    code = main(["demo", *limit])

    told = capsys.readouterr()
    assert (2, "") == (code, told.out)
    assert f"\n    {INSTALL}\n" in told.err


def test_a_malformed_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line is told, and nothing was sold."""
    path = tmp_path / "purchases.txt"
    path.write_text("00001 19970101 1 11.77\n00001 19970101 one 11.77\n", "ascii")

    assert 2 == main(["demo", "--purchases", str(path)])

    told = capsys.readouterr()
    assert "" == told.out
    assert f"{path}, line 2: units: 'one' stands there" in told.err


def test_no_command_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for nothing, it says what there is."""
    assert 0 == main([])
    assert "demo" in capsys.readouterr().out


def test_run_as_a_module() -> None:
    """`python -m ordersales --version` tells the version that is installed."""
    command = [sys.executable, "-m", "ordersales", "--version"]

    told = subprocess.run(command, capture_output=True, text=True, check=True)

    assert f"{version('ordersales')}\n" == told.stdout


def test_the_library_does_not_import_the_demo() -> None:
    """What embeds the library loads neither the demo nor its command line."""
    program = (
        "import ordersales, sys;"
        "print(*[n for n in sys.modules if n.startswith(('ordersales.demo', 'ordersales.__m'))])"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "\n" == told.stdout
