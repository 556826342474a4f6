"""Which payment systems an account has."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from ordersales.errors import InvalidInput
from ordersales.models.capabilities import Capabilities, GatewayKind
from ordersales.ports.gateway import AsyncPaymentGateway, PaymentGateway
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, SystemName


class NoRecoveryWarning(UserWarning):
    """Payments go through a gateway where a lost answer always needs a person (rule C2)."""


@frozen
class PaymentSystem:
    """What an invoice goes through; with a gateway it is automatic, without one it is manual.

    >>> PaymentSystem(SystemName("Bank transfer")).automatic
    False

    Raises:
        InvalidInput: The name can't be shown, the gateway declares no capabilities, or it has
            neither keys nor look-up and `without_recovery` does not say that this is known (B1).
    """

    name: SystemName
    #: Who charges; None where a person confirms that the money came (rule M1).
    gateway: PaymentGateway | AsyncPaymentGateway | None = None
    #: Has to be true for a gateway with neither keys nor look-up, where nothing can be proven: what
    #: gets lost there is held for a person (rule C2).
    without_recovery: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a name that can't be shown, and a gateway that can do less than is expected."""
        checks.refuse(
            checks.text(self.name, "name"),
            checks.flag(self.without_recovery, "without_recovery"),
        )
        if self.gateway is None:
            return
        can: Any = getattr(self.gateway, "capabilities", None)
        checks.refuse(checks.instance(can, "gateway.capabilities", Capabilities))
        if can.kind is GatewayKind.NEITHER:
            self._warn()

    def _warn(self) -> None:
        what = (
            f"the gateway of {self.name!r} has neither idempotency keys nor a look-up: a payment "
            "whose answer gets lost is held for a person"
        )
        if not self.without_recovery:
            raise InvalidInput.of("without_recovery", self.without_recovery, f"True, since {what}")
        # Shown where the payment system is made: past this method, attrs and its __init__.
        warnings.warn(what, NoRecoveryWarning, stacklevel=4)

    @property
    def automatic(self) -> bool:
        """Whether a gateway charges."""
        return self.gateway is not None


@runtime_checkable
class PaymentSystems(Protocol):
    """Finds payment systems; implement it where each account has merchants of its own."""

    def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Return the payment system that `account` calls `name`, or None."""
        ...


class AsyncPaymentSystems(Protocol):
    """As `PaymentSystems`, awaited."""

    async def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """As `PaymentSystems.find`."""
        ...


def _by_name(systems: Iterable[PaymentSystem]) -> dict[SystemName, PaymentSystem]:
    named: dict[SystemName, PaymentSystem] = {}
    for system in systems:
        checks.refuse(checks.instance(system, "payment_systems", PaymentSystem))
        if system.name in named:
            raise InvalidInput.of("payment_systems", system.name, "a name for each of them")
        named[system.name] = system
    return named


@frozen
class SharedPaymentSystems:
    """The same payment systems for every account.

    Raises:
        InvalidInput: Something else is among them, or two have one name (rule B1).
    """

    _by_name: dict[SystemName, PaymentSystem] = field(converter=_by_name)

    def find(self, account: AccountId, name: SystemName) -> PaymentSystem | None:
        """Return the payment system called `name`, or None."""
        return self._by_name.get(name)


def found_by(systems: Iterable[PaymentSystem] | PaymentSystems) -> PaymentSystems:
    """Return what finds a payment system by its name, made of a plain list if need be."""
    if isinstance(systems, PaymentSystems):
        return systems
    return SharedPaymentSystems(systems)
