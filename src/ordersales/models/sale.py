"""Who is credited with an order."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from ordersales.values import checks
from ordersales.values.identifiers import UserId


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
class Sale:
    """Who made the sale, and whether a person has confirmed it (rules S1, S2)."""

    #: None is the system: no manager was involved.
    manager: Manager | None = None
    confirmed_at: datetime | None = None
    confirmed_by: UserId | None = None

    @property
    def confirmed(self) -> bool:
        """Whether a person has confirmed it (shown green; otherwise red)."""
        return self.confirmed_at is not None
