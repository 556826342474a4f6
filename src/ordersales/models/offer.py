"""What is sold and to whom, as the customer saw it, and on which terms it may be paid."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.models.recurring_terms import RecurringTerms
from ordersales.values import checks
from ordersales.values.identifiers import CategoryNumber, CustomerId, OfferNumber
from ordersales.values.money import Money
from ordersales.values.share import Share

#: What is shown in place of a customer's name that was erased (rule E2).
ERASED: Final = "(erased)"


@frozen
class InFull:
    """The price is paid at once: one invoice and no more (rule I3)."""


@frozen
class AnyShare:
    """Any share may be paid that is not below a minimum; the last may be smaller (rule P1).

    >>> str(AnyShare(Share.percent(10)).minimum)
    '10.00 %'

    Raises:
        InvalidInput: The minimum is no `Share`, or more than the whole (rule B1).
    """

    minimum: Share = Share(Fraction(0))

    def __attrs_post_init__(self) -> None:
        """Refuse what is no share of a whole."""
        checks.refuse(checks.instance(self.minimum, "minimum", Share))
        if self.minimum.fraction > 1:
            raise InvalidInput.of("minimum", str(self.minimum), "a share of at most 100 %")


def _shares(given: Iterable[Share]) -> tuple[Share, ...]:
    try:
        return tuple(given)
    except TypeError:
        raise InvalidInput.of("shares", given, "shares, in the order they are paid") from None


@frozen
class FixedShares:
    """The price is paid in stated shares, in their order (rule P1).

    Their amounts add up exactly to the price, by largest remainder, ties to the earlier. Paying
    several of them ahead at once is allowed, half of one is not.

    >>> halves = FixedShares((Share.percent(50), Share.percent(50)))

    Raises:
        InvalidInput: There are none, one is nothing, or they don't add up to 100 % (rule B1).
    """

    shares: tuple[Share, ...] = field(converter=_shares)

    def __attrs_post_init__(self) -> None:
        """Refuse shares that don't make a whole."""
        checks.refuse(*(checks.instance(share, "shares", Share) for share in self.shares))
        fractions = [share.fraction for share in self.shares]
        if sum(fractions) != 1 or 0 in fractions:
            shown = ", ".join(map(str, self.shares))
            raise InvalidInput.of("shares", shown, "shares above 0 % that add up to 100 %")


#: How an order may be paid.
PaymentTerms = InFull | AnyShare | FixedShares


@frozen(kw_only=True)
class Category:
    """What kind of offer it is.

    Raises:
        InvalidInput: Its number or name is no text that can be shown (rule B1).
    """

    number: CategoryNumber
    name: str

    def __attrs_post_init__(self) -> None:
        """Refuse text that can't be shown."""
        checks.refuse(checks.text(self.number, "number"), checks.text(self.name, "name"))


@frozen(kw_only=True)
class Customer:
    """Who buys.

    Raises:
        InvalidInput: The identifier or the name is no text that can be shown (rule B1).
    """

    #: The host's own name for them. It outlives an erasure, so it should not be an address.
    id: CustomerId
    name: str

    def __attrs_post_init__(self) -> None:
        """Refuse text that can't be shown."""
        checks.refuse(checks.text(self.id, "id"), checks.text(self.name, "name"))

    @property
    def erased(self) -> bool:
        """Whether the name was erased, with whatever else was personal (rule E2)."""
        return self.name == ERASED


@frozen(kw_only=True)
class Offer:
    """What is sold, with its settings; an order keeps it as the customer saw it (rule O1).

    >>> course = Offer(
    ...     number=OfferNumber("C-1"),
    ...     name="Course",
    ...     category=Category(number=CategoryNumber("7"), name="Learning"),
    ...     unit_price=Money.of("100.00", "EUR"),
    ...     payment=AnyShare(Share.percent(10)),
    ... )

    Raises:
        InvalidInput: Text that can't be shown, a negative unit price, or a setting of the wrong
            kind; all that is wrong is named at once (rule B1).
    """

    number: OfferNumber
    name: str
    category: Category
    #: The price of one, in the offer's currency; zero is allowed (rule O7).
    unit_price: Money
    #: Whether one order may be for more than one (rule O3).
    multiple_sales: bool = False
    payment: PaymentTerms = InFull()
    #: On which terms it is paid again and again; None for what is paid once (rule R1).
    recurring: RecurringTerms | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what can't be sold."""
        again = self.recurring is not None
        checks.refuse(
            checks.text(self.number, "number"),
            checks.text(self.name, "name"),
            checks.instance(self.category, "category", Category),
            checks.money(self.unit_price, "unit_price", least=1 if again else 0),
            checks.flag(self.multiple_sales, "multiple_sales"),
            None
            if isinstance(self.payment, PaymentTerms)
            else Problem.of("payment", self.payment, "InFull, AnyShare or FixedShares"),
            checks.optional(checks.instance, self.recurring, "recurring", kind=RecurringTerms),
            Problem.of("payment", self.payment, "InFull, since the offer is a recurring one")
            if again and isinstance(self.payment, AnyShare | FixedShares)
            else None,
        )
