"""Who asks: a user with a set of permissions, or the system itself."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from attrs import field, frozen

from ordersales.errors import InvalidInput
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, UserId


class Permission(StrEnum):
    """What an account can allow a user to do; hosts map their roles to these (rule A1)."""

    SEE_ORDERS = "see orders"
    #: *Check* and *Add user*: confirm who made a sale, and correct it.
    MANAGE_SALES = "manage auto sales and generated sales"
    #: *Confirm* and *Decline* of orders paid in parts; cancel and expire.
    DECIDE_ORDERS = "confirm or decline partial orders"
    #: Confirm and reject payments of manual payment systems, and settle those that are held.
    MANAGE_MANUAL_PAYMENTS = "manage manual payments"
    MANAGE_REFUNDS = "manage refunds"
    #: Pause, activate and complete recurring orders.
    MANAGE_RECURRING = "manage recurring order statuses"
    SEE_REPORTS = "see and export reports"
    #: State on a customer's card that they pay for an offer thanks to a manager.
    KEEP_SALES_PLANS = "keep sales plans"
    #: Erase a customer's personal data on their request.
    ERASE_CUSTOMERS = "erase customers"
    #: Read the account's events, for the host's own programs.
    FOLLOW_EVENTS = "follow events"
    #: Let this host charge from the database it is on. It concerns every account of the store, so
    #: it is for those who run the platform, and for none of its sellers.
    ADOPT_INSTALLATION = "adopt the installation"


def _permissions(given: Iterable[Permission]) -> frozenset[Permission]:
    try:
        return frozenset(given)
    except TypeError:
        allowed = "permissions, as in {Permission.SEE_ORDERS}"
        raise InvalidInput.of("permissions", given, allowed) from None


@frozen(kw_only=True)
class Actor:
    """A user of one account, with what the account lets them do (rules A1, A2).

    The account comes with the actor, so that nobody can be let into one account and then ask
    for another.

    >>> clerk = Actor(
    ...     account=AccountId("acme"), user=UserId("u7"), permissions={Permission.SEE_ORDERS}
    ... )
    >>> clerk.may(Permission.MANAGE_REFUNDS)
    False

    Raises:
        InvalidInput: An identifier is no text that can be shown, or something else than a
            `Permission` is among the permissions (rule B1).
    """

    account: AccountId
    #: The host's identifier of the user; None is the system itself.
    user: UserId | None = None
    permissions: frozenset[Permission] = field(default=frozenset(), converter=_permissions)

    def __attrs_post_init__(self) -> None:
        """Refuse malformed identifiers and unknown permissions."""
        checks.refuse(
            checks.text(self.account, "account"),
            checks.optional(checks.text, self.user, "user"),
            *(checks.instance(item, "permissions", Permission) for item in self.permissions),
        )

    @classmethod
    def system(cls, account: AccountId) -> Self:
        """Return the system acting in `account`: the host's own code, which may do everything.

        >>> Actor.system(AccountId("acme")).may(Permission.MANAGE_REFUNDS)
        True
        """
        return cls(account=account, permissions=frozenset(Permission))

    def may(self, permission: Permission) -> bool:
        """Tell whether the actor holds `permission`."""
        return permission in self.permissions
