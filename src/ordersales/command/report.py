"""``python -m ordersales report``: figures of a shop that the SQLAlchemy adapter keeps."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any, Final, TextIO

from ordersales import (
    AccountId,
    Actor,
    BackOffice,
    Csv,
    DateBasis,
    Dimension,
    Permission,
    Report,
    ReportResult,
    ReportScope,
)
from ordersales.command.database import WrongOption, opened
from ordersales.errors import InvalidInput, OrdersalesError
from ordersales.values.zone import time_zone

NAME: Final = "report"
DETAILS: Final = "details"
#: What a report can be by, as it is written in a command line.
_BY: Final = {
    "currency": Dimension.CURRENCY,
    "payment-system": Dimension.SYSTEM,
    "offer": Dimension.OFFER,
    "category": Dimension.CATEGORY,
    "manager": Dimension.MANAGER,
    "day": Dimension.DAY,
    "week": Dimension.WEEK,
    "month": Dimension.MONTH,
}
#: Which option a field comes from.
_OPTIONS: Final = {
    "account": "--account",
    "dimensions": "--by",
    "first_day": "--from",
    "last_day": "--to",
    "zone": "--zone",
}
#: A progress is told whenever so many rows more are written.
_MANY: Final = 10_000


def add_to(commands: Any) -> None:
    """Add the command, with its options."""
    report: argparse.ArgumentParser = commands.add_parser(
        NAME,
        help="print what a shop has earned, and write it as CSV",
        description="Print a report of a shop that is kept in SQLite or PostgreSQL.",
        epilog="Days begin in the zone. What each figure means: docs/explanation/reports.md.",
    )
    report.add_argument(
        "--db",
        required=True,
        metavar="WHERE",
        help="the file of a SQLite database, or an address: postgresql://user@host/name",
    )
    report.add_argument("--account", required=True, help="whose shop it is, of those in there")
    report.add_argument(
        "--by",
        action="append",
        choices=[*_BY, DETAILS],
        help="by what the figures are broken down; name it again for several at once; "
        f"{DETAILS} are the first five, one below the other (default: currency)",
    )
    report.add_argument("--from", type=_day, dest="first_day", metavar="DAY", help="the first day")
    report.add_argument("--to", type=_day, dest="last_day", metavar="DAY", help="the last day")
    report.add_argument(
        "--zone", default="UTC", help="in which time zone days begin (default: %(default)s)"
    )
    report.add_argument(
        "--refunds-with-payment",
        action="store_true",
        help="count a refund on the day of its payment, not on its own",
    )
    report.add_argument("--csv", type=Path, metavar="FILE", help="write the rows to this file too")


def run(told: argparse.Namespace, out: TextIO, aside: TextIO) -> None:
    """Print the report, and write it to a file if one is named; progress is told aside.

    Raises:
        WrongOption: What was given with an option can't be used.
    """
    try:
        actor, scope = _actor(told.account), _scope(told)
        report = None if DETAILS in (told.by or ()) else _report(told, scope)
        if report is None and (told.csv or len(told.by) > 1):
            why = f"{DETAILS} are five reports; for a file, or with another, name one of them"
            raise WrongOption("--by", why)
        with opened(told.db) as store:
            office = BackOffice(store)
            if report is None:
                out.write(f"{office.reports.details(actor, scope)}\n")
                return
            result = office.reports.compute(actor, report)
        out.write(f"{result}\n")
        if told.csv:
            _write(result, told.csv, aside)
    except InvalidInput as error:
        raise _wrong(error) from None
    except OrdersalesError as error:
        raise WrongOption("--db", str(error)) from None


def _actor(account: str) -> Actor:
    return Actor(account=AccountId(account), permissions={Permission.SEE_REPORTS})


def _scope(told: argparse.Namespace) -> ReportScope:
    return ReportScope(
        zone=told.zone,
        basis=DateBasis.PAID if told.refunds_with_payment else DateBasis.MOVED,
        first_day=told.first_day,
        last_day=told.last_day,
    )


def _report(told: argparse.Namespace, scope: ReportScope) -> Report:
    return Report(dimensions=[_BY[name] for name in told.by or ("currency",)], scope=scope)


def _write(result: ReportResult, path: Path, aside: TextIO) -> None:
    """Write the rows that were printed: a second look might find others."""
    rows, count = result.rows, len(result.rows)
    try:
        with path.open("wb") as file:
            csv = Csv(file.write)
            csv.begin(result.columns, time_zone(result.report.scope.zone, "zone"))
            for first in range(0, count, _MANY):
                csv.rows(rows[first : first + _MANY])
                if count > _MANY:
                    aside.write(f"{min(first + _MANY, count):,} of {count:,} rows written\n")
    except OSError as error:
        raise WrongOption("--csv", f"{str(path)!r} was given; {error.strerror}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        allowed = "a day such as 2026-03-31"
        raise argparse.ArgumentTypeError(f"{text!r} was given; allowed is {allowed}") from None


def _wrong(error: InvalidInput) -> WrongOption:
    """Return what is wrong in the words of the command line."""
    problem = error.problems[0]
    option = _OPTIONS[problem.field]
    return WrongOption(option, f"{problem.given} was given; allowed is {problem.allowed}")
