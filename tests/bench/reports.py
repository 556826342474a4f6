"""Subject: five breakdowns of many payments, and a file of many rows.

``python tests/bench/reports.py --payments 1000000`` measures this subject alone.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from sys import intern
from typing import Any, Final
from zoneinfo import ZoneInfo

import memory
from attrs import define, make_class
from measure import EFFORT, Candidate, Goal, Table, side_by_side

from ordersales.models.columns import Column, Shown
from ordersales.models.report import WHOLE, Report
from ordersales.reports import roll_up
from ordersales.reports.csv_export import Csv
from ordersales.reports.facts import Fact
from ordersales.reports.fold import Tally
from ordersales.services.reporting import DETAILS
from ordersales.values.currency import Currency
from ordersales.values.money import Money

OURS: Final = "ordersales"
RECORDS: Final = "loop over records"
TUPLES: Final = "loop over tuples"
WRITER: Final = "csv.writer"
MANY: Final = 200_000
MILLION: Final = 1_000_000
ZONE: Final = ZoneInfo("UTC")

#: What a plain program keeps of a payment, as a record.
Record: Final[Any] = make_class("Record", list(Fact._fields), frozen=True, slots=True)


# --- the inputs -----------------------------------------------------------------------------


def facts(many: int) -> list[Fact]:
    """Return as many facts as are asked for, all in memory."""
    return [*streamed(many)]


def streamed(many: int) -> Iterator[Fact]:
    """Yield payments and refunds of 50 offers in 8 categories, credited to 12 managers or none.

    Their texts are interned, as `facts_of` does it; the records hold the same.
    """
    random = Random(1)  # noqa: S311 - the same in every run
    managers = [("", "", 0), *((f"m{at}", f"Manager {at}", at % 2) for at in range(12))]
    for at in range(many):
        offer, (manager, name, confirmed) = random.randrange(50), random.choice(managers)
        paid, units = random.random() < 0.95, random.choice((1, 1, 1, 2))
        opens = paid and random.random() < 0.8
        amount = random.randrange(100, 100_000)
        moment = 1_700_000_000_000_000 + at * 1_000_000
        yield Fact(
            account="acme",
            currency=("EUR", "USD", "JPY")[offer % 3],
            system=random.choice(("Cards", "Wallet", "Bank")),
            offer=intern(f"O-{offer}"),
            offer_name=intern(f"Offer {offer}"),
            category=intern(f"{offer % 8}"),
            category_name=intern(f"Category {offer % 8}"),
            manager=manager,
            manager_name=name,
            confirmed=confirmed,
            kind="payment" if paid else "refund",
            completed=int(random.random() < 0.9),
            opens_order=int(opens),
            units=units if opens else 0,
            amount=amount,
            commission=amount // 30 if paid and random.random() < 0.9 else None,
            order=at,
            invoice=at,
            refund=0 if paid else 1,
            at=moment,
            paid=moment,
            customer="c",
            recurring=0,
        )


# --- five breakdowns ------------------------------------------------------------------------


@define
class Figures:
    """What a plain program counts in a row."""

    orders: int = 0
    payments: int = 0
    units: int = 0
    gross: int = 0
    refunds: int = 0
    commission: int = 0
    commission_unknown: int = 0
    completed: int = 0


Rows = dict[tuple[str, str], Figures]


def over_records(records: Iterable[Any]) -> list[Rows]:
    """Return the five breakdowns by a straightforward loop for each."""
    found = []
    for name in ("currency", "system", "offer", "category", "manager"):
        rows = defaultdict[tuple[str, str], Figures](Figures)
        for record in records:
            if name == "manager" and not (record.manager and record.confirmed):
                continue
            row = rows[record.currency, getattr(record, name)]
            if record.kind == "payment":
                row.payments += 1
                row.gross += record.amount
                row.orders += record.opens_order
                row.units += record.units
                if record.commission is None:
                    row.commission_unknown += 1
                else:
                    row.commission += record.commission
            else:
                row.refunds += record.amount
            if record.completed:
                row.completed += record.amount if record.kind == "payment" else -record.amount
        found.append(dict(rows))
    return found


def over_tuples(given: Sequence[Fact]) -> list[dict[tuple[str, str], list[int]]]:
    """Return the same by a loop for each over tuples, with lists to count in."""
    found = []
    for place in (1, 2, 3, 5, 7):
        rows = dict[tuple[str, str], list[int]]()
        for fact in given:
            if place == 7 and not (fact[7] and fact[9]):
                continue
            key = (fact[1], str(fact[place]))
            row = rows.get(key)
            if row is None:
                row = rows[key] = [0] * 8
            amount = fact[14]
            if fact[10] == "payment":
                row[1] += 1
                row[3] += amount
                row[0] += fact[12]
                row[2] += fact[13]
                commission = fact[15]
                if commission is None:
                    row[6] += 1
                else:
                    row[5] += commission
            else:
                row[4] += amount
                amount = -amount
            if fact[11]:
                row[7] += amount
        found.append(rows)
    return found


def rolled_up(given: Iterable[Fact]) -> list[Any]:
    """Return the five breakdowns as the library makes them, each a result to be shown."""
    tally = Tally(DETAILS, WHOLE)
    tally.add(given)
    cells = tally.cells()
    return [roll_up.result(Report(dimensions=[by]), cells, DETAILS) for by in DETAILS]


def streamed_through(many: int) -> list[Any]:
    """Return the five results of so many facts, none of which is kept."""
    return rolled_up(streamed(many))


def kept_as_records(many: int) -> list[Rows]:
    """Return the five breakdowns of so many records, all of which are kept for the five loops."""
    return over_records([Record(*fact) for fact in streamed(many)])


def _check(given: list[Fact], records: list[Any]) -> None:
    """Hold that all of them find the same."""
    ours, plain, tuples = rolled_up(given), over_records(records), over_tuples(given)
    for result, rows, lists in zip(ours, plain, tuples, strict=True):
        assert sorted(row.gross for row in rows.values()) == sorted(
            row.gross.minor for row in result.rows
        )
        assert {key: row.gross for key, row in rows.items()} == {
            key: row[3] for key, row in lists.items()
        }


def table_of_breakdowns(rounds: int, many: int, peaks: str = "") -> Table:
    """Measure all five breakdowns of as many payments."""
    given = facts(many)
    records = [Record(*fact) for fact in given]
    _check(given[:5000], records[:5000])
    return side_by_side(
        "Five breakdowns of many payments, in plain Python",
        [
            _way(OURS, "one pass, rolled up into five results", given, rolled_up),
            _way(
                RECORDS, "attrs records, a loop for each, counted in attrs", records, over_records
            ),
            _way(TUPLES, "tuples, a loop for each, counted in lists", given, over_tuples),
        ],
        base=RECORDS,
        rounds=rounds,
        batch=many,
        goals=(Goal(OURS, RECORDS, 0.7),),
        notes=(
            f"Microseconds for one payment or refund, and so seconds for a million; measured on "
            f"{many:,}, of 50 offers in three currencies, 13 managers and 3 payment systems. {peaks}"
        ),
    )


def _way(
    name: str, does: str, given: Sequence[Any], act: Callable[[Sequence[Any]], Any]
) -> Candidate:
    return Candidate(
        name=name, does=does, prepare=lambda _: given, act=lambda rows: void(act, rows)
    )


def void(act: Callable[[Sequence[Any]], Any], given: Sequence[Any]) -> None:
    """Do it, and drop what it returns."""
    act(given)


# --- a file of rows -------------------------------------------------------------------------

Row: Final[Any] = make_class("Row", ["number", "at", "customer", "offer", "price", "paid"])
COLUMNS: Final = tuple(
    Column(name=name, label=name, shown=shown, path=name)
    for name, shown in (
        ("number", Shown.NUMBER),
        ("at", Shown.MOMENT),
        ("customer", Shown.TEXT),
        ("offer", Shown.TEXT),
        ("price", Shown.MONEY),
        ("paid", Shown.MONEY),
    )
)
_RISKY: Final = re.compile(r"^[\s]*[=+\-@|%]|^[\t\r\n]")


def listed(many: int) -> list[Any]:
    """Return rows of a list, with as many customers as rows by ten, and twenty offers."""
    random = Random(1)  # noqa: S311 - the same in every run
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    euro = Currency.of("EUR")
    return [
        Row(
            at,
            begin + timedelta(seconds=at),
            f"Customer {random.randrange(many // 10 + 1)}",
            f"Course, part {random.randrange(20)}",
            Money(random.randrange(100, 100_000), euro),
            Money(random.randrange(100, 100_000), euro),
        )
        for at in range(many)
    ]


class Counting:
    """A file that keeps nothing."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, part: Any) -> int:
        """Count it."""
        self.size += len(part)
        return len(part)


def by_writer(rows: Iterable[Any]) -> int:
    """Write the same cells with the csv module, formulas neutralised by OWASP's list alone."""
    file = Counting()
    writer = csv.writer(file)
    for row in rows:
        writer.writerow(
            (
                row.number,
                row.at.astimezone(ZONE).isoformat(" ", "seconds"),
                _harmless(row.customer),
                _harmless(row.offer),
                row.price.amount,
                row.paid.amount,
            )
        )
    return file.size


def _harmless(text: str) -> str:
    return f"'{text}" if _RISKY.search(text) else text


def by_ours(rows: Sequence[Any]) -> int:
    """Write them as the library does, a thousand at a time."""
    file = Counting()
    sink = Csv(file.write)
    sink.begin(COLUMNS, ZONE)
    head = file.size
    for first in range(0, len(rows), 1000):
        sink.rows(rows[first : first + 1000])
    return file.size - head


def table_of_files(rounds: int, many: int) -> Table:
    """Measure a file of as many rows."""
    given = listed(many)
    assert by_writer(given[:3000]) == by_ours(given[:3000])
    return side_by_side(
        "A CSV file of many rows",
        [
            _way(OURS, "`Csv`: formulas neutralised, texts remembered", given, by_ours),
            _way(WRITER, "the same cells, a shorter list of formulas", given, by_writer),
        ],
        base=WRITER,
        rounds=rounds,
        batch=many,
        goals=(Goal(OURS, WRITER, 1.0),),
        notes=(
            f"Microseconds for one row of six cells, and so seconds for a million; measured on "
            f"{many:,}, written to nowhere."
        ),
    )


#: What is measured in a process of its own, for the memory that it takes at most.
PEAKS: Final[dict[str, Callable[[int], object]]] = {
    "ordersales, from a stream": streamed_through,
    "the loop, over records that are kept": kept_as_records,
}


def _peaks(many: int) -> str:
    """Return what each takes at most; records, which are all kept, of a million at most."""
    counts = dict.fromkeys(PEAKS, many) | {[*PEAKS][1]: min(many, MILLION)}
    told = (
        f"{name} of {counts[name]:,}: "
        f"{memory.peak(__file__, '--peak', name, '--payments', str(counts[name]))} MB"
        for name in islice(PEAKS, EFFORT.processes)
    )
    return f"At most in memory beyond what was imported: {'; '.join(told)}."


def tables(rounds: int, many: int = MANY, payments: int | None = None) -> list[Table]:
    """Measure all of the subject, in few rounds, since each is long.

    What is timed is in memory, a million at most; what memory is needed is told of all `payments`.
    """
    few, many = max(5, rounds // 4), min(many, MILLION)
    peaks = _peaks(payments or many)
    return [table_of_breakdowns(few, many, peaks), table_of_files(few, many)]


def main() -> None:
    """Measure this subject alone, and print it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--payments", type=int, default=MANY)
    arguments.add_argument("--peak", choices=PEAKS)
    chosen = arguments.parse_args()
    if chosen.peak:
        memory.tell(lambda: PEAKS[chosen.peak](chosen.payments))
        return
    found = tables(chosen.rounds, chosen.payments, chosen.payments)
    print("\n\n".join(table.markdown() for table in found))


if __name__ == "__main__":
    main()
