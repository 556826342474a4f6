"""What the rows of lists are found by, and the sets of the numbers that carry each of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from attrs import frozen

from ordersales.adapters.memory.number_set import (
    Blocks,
    NumberSet,
    blocks_of,
    common,
    holds,
    size,
    union,
)
from ordersales.models.filters import OrderFilter, PaymentType
from ordersales.models.invoice import Invoice
from ordersales.models.order import Order
from ordersales.models.recurring_order import RecurringOrder
from ordersales.rules.filtering import asked, paid_at, payment_type

#: The name of something a filter asks for, and its value.
Facet = tuple[str, Hashable]

#: The fields of a filter that ask for one facet, or for any of some.
_FACETS: Final = (
    "statuses", "customer", "offer", "category", "currency", "manager", "payment_statuses", "system",
    "recurring_statuses",
)  # fmt: skip
#: Those that have two answers, with the rarer one. It alone is kept: the rest is everything else.
_RARE: Final[dict[str, object]] = {
    "system_sale": False,
    "confirmed": True,
    "payment_type": PaymentType.PARTIAL,
    "recurring": True,
    "needs_attention": True,
}
#: Those that ask for a period, by the name under which its days are kept.
_PERIODS: Final = {"placed": ("placed_from", "placed_before"), "paid": ("paid_from", "paid_before")}
#: Those that no set answers: each candidate is looked at.
_UNANSWERED: Final = frozenset({"price_from", "price_to", "text"})
#: Those that one and the same invoice has to pass, periods by their name.
_OF_AN_INVOICE: Final = frozenset({"invoice", "payment_statuses", "system", "paid"})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)


def lasting(order: Order) -> set[Facet]:
    """Return what `order` is found by as long as it is kept (rule O1)."""
    offer = order.offer
    facets: set[Facet] = {
        ("all", True),
        ("offer", offer.number),
        ("category", offer.category.number),
        ("placed", (order.placed_at - _EPOCH).days),
        ("currency", order.price.currency.code),
    }
    if payment_type(order) is PaymentType.PARTIAL:
        facets.add(("payment_type", PaymentType.PARTIAL))
    return facets


def passing(order: Order) -> set[Facet]:
    """Return what `order` is found by as it now stands, its invoices apart."""
    sale = order.sale
    facets: set[Facet] = {("statuses", order.status), ("customer", order.customer.id)}
    if sale.manager is not None:
        facets |= {("system_sale", False), ("manager", sale.manager.user)}
    if sale.confirmed:
        facets.add(("confirmed", True))
    if order.needs_attention:
        facets.add(("needs_attention", True))
    # The first order of a recurring one becomes its occurrence when it is paid (rule R2).
    if order.occurrence is not None:
        facets.add(("recurring", True))
    return facets


def of_invoice(invoice: Invoice) -> set[Facet]:
    """Return what `invoice` is found by, and its order as well."""
    facets: set[Facet] = {("payment_statuses", invoice.status), ("system", invoice.system)}
    paid = paid_at(invoice)
    if paid is not None:
        facets.add(("paid", (paid - _EPOCH).days))
    return facets


def of_recurring(recurring: RecurringOrder) -> set[Facet]:
    """Return what a recurring order is found by; moving it changes its offer (rule R12)."""
    offer = recurring.offer
    facets: set[Facet] = {
        ("all", True),
        ("recurring", True),
        ("recurring_statuses", recurring.status),
        ("customer", recurring.customer.id),
        ("offer", offer.number),
        ("category", offer.category.number),
        ("placed", (recurring.started_at - _EPOCH).days),
        ("currency", offer.unit_price.currency.code),
        ("system", recurring.system),
    }
    if recurring.manager is not None:
        facets |= {("system_sale", False), ("manager", recurring.manager.user)}
    return facets


@frozen
class Selection:
    """The candidates for a filter: the numbers that are in all of some sets, and in no others."""

    sources: tuple[Blocks, ...]
    without: tuple[Blocks, ...]
    #: Which candidates may not fit all the same; of the others it is certain that they do.
    doubtful: Blocks

    def numbers(self, *, after: int | None = None, descending: bool = False) -> Iterator[int]:
        """Yield the candidates in order, beyond `after`."""
        return common(self.sources, self.without, after=after, descending=descending)

    def in_doubt(self) -> Iterator[int]:
        """Yield those that may not fit."""
        sources = (*self.sources, self.doubtful)
        return common(sources, self.without, after=None, descending=False)

    def certain(self) -> int:
        """Return how many certainly fit."""
        return len(self) - size((*self.sources, self.doubtful), self.without)

    def __len__(self) -> int:
        """Return how many there are."""
        return size(self.sources, self.without)

    def __contains__(self, number: int) -> bool:
        """Tell whether a number is among them."""
        return all(holds(source, number) for source in self.sources) and not any(
            holds(source, number) for source in self.without
        )


class Facets:
    """The sets of numbers by facet; changed and read under the account's lock."""

    def __init__(
        self,
        lookups: dict[str, Callable[[int], Iterable[int]]],
        *,
        joined: bool,
        asked: Callable[[OrderFilter], dict[str, Any]] = asked,
    ) -> None:
        """Start empty.

        `lookups` return the few numbers that some fields of a filter name. `joined` numbers carry
        the facets of several invoices, and no set tells which of them come from the same one.
        `asked` returns what a filter asks of the rows.
        """
        self._lookups = lookups
        self._joined = joined
        self._asked = asked
        self._sets: defaultdict[str, defaultdict[Any, NumberSet]] = defaultdict(_no_numbers)

    def change(self, number: int, before: set[Facet], after: set[Facet]) -> None:
        """Note what `number` carries now, and that it carried other facets before."""
        for name, value in after - before:
            self._sets[name][value].add(number)
        for name, value in before - after:
            self._sets[name][value].discard(number)

    def select(self, wanted: OrderFilter) -> Selection:
        """Return the candidates for `wanted`, as long as nothing is changed."""
        fields = self._asked(wanted)
        everything = self._carrying("all")
        sources, doubts = [everything, *self._answers(fields)], list[Blocks]()
        for name, (start, end) in _PERIODS.items():
            if start in fields or end in fields:
                days, cut = self._days(name, fields.get(start), fields.get(end))
                sources.append(days)
                doubts.append(cut)
        named = self._lookups.keys() & fields.keys()
        sources += [blocks_of(self._lookups[name](fields[name])) for name in named]
        doubtful = everything if self._leaves_doubt(fields) else union(doubts)
        return Selection(tuple(sources), tuple(self._denied(fields)), doubtful)

    def _answers(self, fields: dict[str, Any]) -> Iterator[Blocks]:
        """Yield for each field that asks for a facet the numbers that carry it."""
        for name in fields.keys() & _FACETS:
            kept, value = self._sets[name], fields[name]
            if name == "currency":
                value = value.code
            several = isinstance(value, frozenset)
            values = cast("Iterable[Hashable]", value) if several else (value,)
            yield union(kept[item].blocks for item in values if item in kept)

        for name in fields.keys() & _RARE.keys():
            if fields[name] == _RARE[name]:
                yield self._carrying(name)

    def _denied(self, fields: dict[str, Any]) -> Iterator[Blocks]:
        """Yield for each field that asks for everything but the rare answer those that have it."""
        for name in fields.keys() & _RARE.keys():
            if fields[name] != _RARE[name]:
                yield self._carrying(name)

    def _carrying(self, name: str) -> Blocks:
        """Return the numbers that carry the one answer that is kept of a field."""
        return union(kept.blocks for kept in self._sets[name].values())

    def _days(
        self, name: str, start: datetime | None, end: datetime | None
    ) -> tuple[Blocks, Blocks]:
        """Return the numbers of the days in a period, and of those that it cuts."""
        since = None if start is None else start - _EPOCH
        until = None if end is None else end - _EPOCH - _TICK
        kept = {
            day: numbers.blocks
            for day, numbers in self._sets[name].items()
            if (since is None or day >= since.days) and (until is None or day <= until.days)
        }
        cut = [since.days] if since is not None and since % _DAY else []
        if until is not None and (until + _TICK) % _DAY:
            cut.append(until.days)
        return union(kept.values()), union(kept[day] for day in cut if day in kept)

    def _leaves_doubt(self, fields: dict[str, Any]) -> bool:
        """Tell whether being in all sets is not yet to fit."""
        of_an_invoice = {_PERIOD_OF.get(name, name) for name in fields} & _OF_AN_INVOICE
        return bool(_UNANSWERED & fields.keys()) or (self._joined and len(of_an_invoice) > 1)


def _no_numbers() -> defaultdict[Any, NumberSet]:
    return defaultdict(NumberSet)


_PERIOD_OF: Final = {field: name for name, fields in _PERIODS.items() for field in fields}
