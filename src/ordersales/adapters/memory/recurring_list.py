"""The list of recurring orders over one account's records, brought up to date when asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ordersales.adapters.memory.behind import Behind
from ordersales.adapters.memory.facets import Facet, Facets, of_recurring
from ordersales.adapters.memory.listing import Listing
from ordersales.models.filters import RecurringColumn
from ordersales.models.recurring_order import RecurringOrder
from ordersales.rules.filtering import asked_of_recurring, recurring_test
from ordersales.rules.sorting import recurring_place
from ordersales.values.identifiers import OrderNumber

_NONE: Final[set[Facet]] = set()


class RecurringList:
    """The recurring orders of one account as a list; changed and read under its lock."""

    def __init__(self, committed: Mapping[OrderNumber, RecurringOrder]) -> None:
        """Start empty, over the committed records."""
        self._committed = committed
        self._behind: Behind[RecurringOrder] = Behind(committed, self._note)
        self._rows: Listing[RecurringOrder, RecurringColumn] = Listing(
            Facets({"number": _itself}, joined=False, asked=asked_of_recurring),
            fetch=self._recurring,
            place=recurring_place,
            test=recurring_test,
        )

    @property
    def rows(self) -> Listing[RecurringOrder, RecurringColumn]:
        """The recurring orders, as they now are."""
        self._behind.catch_up()
        return self._rows

    def keep(self, before: RecurringOrder | None, after: RecurringOrder) -> None:
        """Remember that one came, or changed."""
        self._behind.add(after.number, before, at_once=after.customer.erased)

    def _note(self, before: RecurringOrder | None, after: RecurringOrder) -> None:
        was = _NONE if before is None else of_recurring(before)
        self._rows.facets.change(after.number, was, of_recurring(after))
        self._rows.move(before, after)

    def _recurring(self, number: int) -> RecurringOrder:
        return self._committed[OrderNumber(number)]


def _itself(number: int) -> Iterable[int]:
    return (number,)
