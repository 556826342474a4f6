"""Who is credited with an order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ordersales.values import checks
from ordersales.values.identifiers import CustomerId, OfferNumber, OrderNumber, UserId


@frozen(kw_only=True)
class Manager:
    """A user of the account who can be credited with a sale.

    Raises:
        InvalidInput: The identifier or the name is no text that can be shown (rule B1).
    """

    user: UserId
    name: str

    def __attrs_post_init__(self) -> None:
        """Refuse text that can't be shown."""
        checks.refuse(checks.text(self.user, "user"), checks.text(self.name, "name"))


@frozen(kw_only=True)
class SalesPlan:
    """A manager's statement that this customer pays for this offer thanks to them (rule S1).

    There is at most one for each customer and offer.
    """

    customer: CustomerId
    offer: OfferNumber
    manager: Manager
    stated_at: datetime
    #: Who wrote it down; None is the host's own code.
    stated_by: UserId | None
    #: Rises by one with every save; storage refuses a save of anything older.
    version: int = 0


class Basis(StrEnum):
    """Why a sale is credited as it is (rules S1, S3, S4)."""

    #: Nobody was involved.
    SYSTEM = "system sale"
    #: A sales plan names the customer and the offer.
    PLAN = "sales plan"
    #: The host named the manager at checkout.
    CHECKOUT = "named at checkout"
    #: *Add user* assigned the manager.
    ADDED = "added user"
    #: A person chose when confirming.
    CHOSEN = "chosen when confirming"


@frozen(kw_only=True)
class Sale:
    """Who made the sale, why, and whether a person has confirmed it (rules S1, S2)."""

    #: None is the system: no manager was involved.
    manager: Manager | None = None
    basis: Basis = Basis.SYSTEM
    confirmed_at: datetime | None = None
    confirmed_by: UserId | None = None

    @property
    def confirmed(self) -> bool:
        """Whether a person has confirmed it (shown green; otherwise red)."""
        return self.confirmed_at is not None


@frozen(kw_only=True)
class SaleChange:
    """Who was credited before and after, as an event tells it (rules S4, S5)."""

    before: Sale
    after: Sale


@frozen(kw_only=True)
class Proposal:
    """What the confirmation of a paid order proposes (rule S3)."""

    order: OrderNumber
    #: "Sale by user" with this manager; None proposes "system sale".
    manager: Manager | None
    basis: Basis
    #: The sale as it stands, confirmed before or not.
    standing: Sale
