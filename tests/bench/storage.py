"""Subject: SQL storage beside hand-written SQL through the same driver.

Single orders are placed and paid by several clients; many are loaded at once; pages are read of
very many; what is due is claimed. It takes long with half a million orders: ``python
tests/bench/storage.py --orders 20000 --singles 50`` is a quick look.
"""

from __future__ import annotations

import argparse
from typing import Final

import journey
from attrs import frozen
from sql_claiming import claiming
from sql_databases import databases
from sql_loading import loading
from sql_pages import PAGES, pages
from sql_placing import placing

#: As many as page 10,000 needs, and one behind it.
ENOUGH: Final = 500_001

PLACING: Final = """\
## SQL storage: placing and paying, one order after the other

Each order takes three transactions (placed; permitted; settled), each committed to the disk. *By
hand* sends the same statements with the same values and does nothing else: through SQLAlchemy's
Core, as text with names; and below it, as the driver takes them, which is the least that can be.
*Bare commits* write one row each.

| database | clients | ours, orders/s | Core by hand, orders/s | share | driver by hand, orders/s \
| share | bare commits/s | commits, share of these | statements | commits |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
{}

Goal: at least 80 % of the rate of Core by hand, in no more round trips."""
LOADING: Final = """\
## SQL storage: many orders at once

Orders with three invoices each, made before. The driver alone writes rows that are ready, each
table in one transaction.

| database | ours, rows/s | by the driver alone | rows/s | × |
| --- | --- | --- | --- | --- |
{}

Goal: ≤ 1.5 × COPY, ≤ 1.6 × executemany."""
PAGING: Final = """\
## SQL storage: pages of many

Milliseconds: ours, with every record read and checked · hand-written keyset, with the same records
made by hand, unchecked · hand-written keyset and · OFFSET, which both return the text of the
records and make nothing of it.

| database | sorted by | {} | ours, last ÷ first |
| --- | --- | --- | --- | --- | --- |
{}

{}

Goal: the far page ≤ 1.3 × the first, and each ≤ 1.5 × hand-written keyset that returns text."""
CLAIMING: Final = """\
## SQL storage: claiming and settling what is due

A hundred at a time; each is read again and saved afterwards, by hand with the text that it had.

| database | workers | ours, rows/s | by hand, rows/s | share |
| --- | --- | --- | --- | --- |
{}

Goal: at least 70 % of the rate by hand."""


@frozen
class Storage:
    """What was measured, as it is printed and published."""

    placed: list[str]
    loaded: list[str]
    paged: list[str]
    claimed: list[str]
    told: list[str]

    def markdown(self) -> str:
        """Return the tables."""
        headings = " | ".join(f"page {at:,}" for at in PAGES)
        return "\n\n".join(
            [
                PLACING.format("\n".join(self.placed)),
                LOADING.format("\n".join(self.loaded)),
                PAGING.format(headings, "\n".join(self.paged), "\n\n".join(self.told)),
                CLAIMING.format("\n".join(self.claimed)),
            ]
        )


def table(orders: int, *, real: bool | None = None, singles: int = 300, due: int = 2000) -> Storage:
    """Measure storage in SQL, with so many orders where there are many, real ones if there are."""
    real = journey.is_there() if real is None else real
    with databases() as both:
        paged = [pages(database, orders, real=real) for database in both]
        return Storage(
            [row for database in both for row in placing(database, singles)],
            [loading(database, min(10_000, orders)) for database in both],
            [row for rows, _ in paged for row in rows],
            [row for database in both for row in claiming(database, due)],
            [told for _, told in paged],
        )


def main() -> None:
    """Measure this subject alone, and print it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=ENOUGH)
    arguments.add_argument("--made-up", action="store_true", help="no real orders")
    arguments.add_argument("--singles", type=int, default=300)
    arguments.add_argument("--due", type=int, default=2000)
    chosen = arguments.parse_args()
    measured = table(chosen.orders, real=not chosen.made_up, singles=chosen.singles, due=chosen.due)
    print(measured.markdown())


if __name__ == "__main__":
    main()
