"""What identifies records, with a type for each so that none is taken for another.

At run time they are plain str and int; the difference is for type checkers and readers. All of
them belong to one account, except `AccountId` itself and `GatewayId`.
"""

from __future__ import annotations

import re
from typing import Final, NewType, final

from attrs import frozen

from ordersales.errors import InvalidInput
from ordersales.values import checks

#: One seller on the host's platform (a tenant); the host's own name for it.
AccountId = NewType("AccountId", str)
#: Who buys; the host's own name for them.
CustomerId = NewType("CustomerId", str)
#: A user of the account, such as a manager; the host's own name for them.
UserId = NewType("UserId", str)
#: What is sold, as the host numbers its offers.
OfferNumber = NewType("OfferNumber", str)
#: The category an offer is in, as the host numbers them.
CategoryNumber = NewType("CategoryNumber", str)
#: The payment system (merchant) an invoice goes through: "Stripe EU", "Bank transfer".
SystemName = NewType("SystemName", str)
#: What makes a call that is sent twice act once (rule C5).
IdempotencyKey = NewType("IdempotencyKey", str)
#: The gateway's own name for a charge or refund, unique within its payment system.
GatewayId = NewType("GatewayId", str)
#: One purchase of one offer by one customer; serial within the account (rule O4).
OrderNumber = NewType("OrderNumber", int)
#: One payment attempt on an order; serial within the account, apart from orders (rule O4).
InvoiceNumber = NewType("InvoiceNumber", int)

# The account comes first and may hold slashes itself; numbers have one spelling only. More than
# 19 digits are no 64-bit number, and int() refuses thousands of them in its own way.
_SERIAL: Final = "([1-9][0-9]{0,18})"
_REFERENCE: Final = re.compile(rf"(.+)/{_SERIAL}(?:\.{_SERIAL})?/{_SERIAL}", re.DOTALL)


@final
@frozen
class AttemptReference:
    """Names one payment attempt the same way to every payment system (rules C1, C2).

    The library sends it with a charge, and finds the charge by it when an answer was lost. That
    of an occurrence is derived from the recurring order and not from the occurrence's own
    number: were it to be asked for anew from a restored backup, it would be asked for under the
    same reference.

    >>> str(AttemptReference(AccountId("acme"), OrderNumber(17), 2))
    'acme/17/2'
    >>> str(AttemptReference(AccountId("acme"), OrderNumber(17), 2, occurrence=3))
    'acme/17.3/2'

    Raises:
        InvalidInput: the account is not text that can be shown, or a number is below 1 (rule B1).
    """

    account: AccountId
    #: The order; of an occurrence, the recurring order.
    order: OrderNumber
    #: Which attempt on that order it is, counted from 1.
    attempt: int
    #: Which occurrence of the recurring order it is; None for an order that is none.
    occurrence: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read back."""
        checks.refuse(
            checks.text(self.account, "account"),
            checks.whole(self.order, "order", least=1),
            checks.whole(self.attempt, "attempt", least=1),
            checks.optional(checks.whole, self.occurrence, "occurrence", least=1),
        )

    @classmethod
    def parse(cls, text: str) -> AttemptReference:
        """Return the reference that is written as `text`, and that writes itself so again.

        >>> AttemptReference.parse("acme/north/17/2").account
        'acme/north'

        Raises:
            InvalidInput: it is not account/order/attempt or account/order.occurrence/attempt,
                with numbers from 1 and without leading zeros (rule B1).
        """
        read = _REFERENCE.fullmatch(text) if type(text) is str else None
        if read is None:
            raise InvalidInput.of("reference", text, "account/order/attempt, as in 'acme/17/2'")
        account, order, occurrence, attempt = read.groups()
        index = None if occurrence is None else int(occurrence)
        return cls(AccountId(account), OrderNumber(int(order)), int(attempt), index)

    def __str__(self) -> str:
        """Return account, order and attempt with slashes between them."""
        return f"{self.account}/{self.thing}/{self.attempt}"

    @property
    def thing(self) -> str:
        """What is paid for, the same for all its attempts: ``17``, or ``17.3``.

        Where a payment system makes objects that succeed only once, there is one for each.
        """
        return f"{self.order}" if self.occurrence is None else f"{self.order}.{self.occurrence}"
