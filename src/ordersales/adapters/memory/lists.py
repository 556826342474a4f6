"""The lists of orders and payments over one account's records, brought up to date when asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ordersales.adapters.memory.behind import Behind
from ordersales.adapters.memory.facets import Facet, Facets, lasting, of_invoice, passing
from ordersales.adapters.memory.listing import Listing
from ordersales.models.filters import OrderColumn, PaymentColumn
from ordersales.models.order import Order, Payment
from ordersales.rules.filtering import order_test, payment_test
from ordersales.rules.sorting import order_place, payment_place
from ordersales.values.identifiers import InvoiceNumber, OrderNumber

_NONE: Final[set[Facet]] = set()


class Lists:
    """Both lists of one account; changed and read under its lock."""

    def __init__(
        self,
        orders: Mapping[OrderNumber, Order],
        order_of_invoice: Mapping[InvoiceNumber, OrderNumber],
    ) -> None:
        """Start empty, over the committed records."""
        self._committed = orders
        self._order_of = order_of_invoice
        self._behind: Behind[Order] = Behind(orders, self._note)
        self._orders: Listing[Order, OrderColumn] = Listing(
            Facets({"number": _itself, "invoice": self._its_order}, joined=True),
            fetch=self._order,
            place=order_place,
            test=order_test,
        )
        self._payments: Listing[Payment, PaymentColumn] = Listing(
            Facets({"number": self._its_invoices, "invoice": _itself}, joined=False),
            fetch=self._payment,
            place=payment_place,
            test=payment_test,
        )

    @property
    def orders(self) -> Listing[Order, OrderColumn]:
        """The orders, as they now are."""
        self._behind.catch_up()
        return self._orders

    @property
    def payments(self) -> Listing[Payment, PaymentColumn]:
        """The payments, as they now are."""
        self._behind.catch_up()
        return self._payments

    def keep(self, before: Order | None, after: Order) -> None:
        """Remember that an order came, or changed."""
        self._behind.add(after.number, before, at_once=after.customer.erased)

    def _note(self, before: Order | None, after: Order) -> None:
        known = () if before is None else before.invoices
        new, now = passing(after), [of_invoice(item) for item in after.invoices]
        old, was = _NONE, [of_invoice(item) for item in known]
        whole = new | lasting(after)
        if before is None:
            new = whole
        else:
            old = passing(before)
        self._orders.facets.change(after.number, old.union(*was), new.union(*now))
        self._orders.move(before, after)
        for at, invoice in enumerate(after.invoices):
            if before is None or at >= len(known):
                self._payments.facets.change(invoice.number, _NONE, whole | now[at])
                self._payments.move(None, Payment(after, invoice))
            elif invoice is not known[at] or old != new:
                self._payments.facets.change(invoice.number, old | was[at], new | now[at])
                self._payments.move(Payment(before, known[at]), Payment(after, invoice))

    def _order(self, number: int) -> Order:
        return self._committed[OrderNumber(number)]

    def _payment(self, number: int) -> Payment:
        order = self._committed[self._order_of[InvoiceNumber(number)]]
        return next(Payment(order, item) for item in order.invoices if item.number == number)

    def _its_order(self, invoice: int) -> Iterable[int]:
        order = self._order_of.get(InvoiceNumber(invoice))
        return () if order is None else (order,)

    def _its_invoices(self, number: int) -> Iterable[int]:
        order = self._committed.get(OrderNumber(number))
        return () if order is None else (item.number for item in order.invoices)


def _itself(number: int) -> Iterable[int]:
    return (number,)
