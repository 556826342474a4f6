"""Payment systems, and how one is found by its name."""

from __future__ import annotations

import pytest

from ordersales.errors import InvalidInput
from ordersales.models.capabilities import GatewayKind
from ordersales.ports.payment_systems import (
    NoRecoveryWarning,
    PaymentSystem,
    SharedPaymentSystems,
    found_by,
)
from ordersales.testing import PROFILES, ScriptedGateway
from ordersales.values.identifiers import AccountId, SystemName

CARDS = PaymentSystem(SystemName("Cards"), ScriptedGateway())
BANK = PaymentSystem(SystemName("Bank"))


@pytest.mark.rule("M1")
@pytest.mark.parametrize(("system", "expected"), [(CARDS, True), (BANK, False)])
def test_a_gateway_makes_it_automatic(system: PaymentSystem, expected: bool) -> None:
    """With a gateway it charges by itself; without one a person confirms."""
    assert expected is system.automatic


@pytest.mark.rule("B1")
@pytest.mark.parametrize("name", ["", " ", "a\nb", None, 7])
def test_a_name_can_be_shown(name: object) -> None:
    """A name that can't be shown is refused."""
    with pytest.raises(InvalidInput) as caught:
        PaymentSystem(name)

    assert ["name"] == [problem.field for problem in caught.value.problems]


def test_a_list_serves_every_account() -> None:
    """Payment systems in a list are found by name, whoever asks; others are not."""
    systems = found_by(iter([CARDS, BANK]))

    for account in ("acme", "other"):
        assert CARDS is systems.find(AccountId(account), SystemName("Cards"))
        assert BANK is systems.find(AccountId(account), SystemName("Bank"))
        assert None is systems.find(AccountId(account), SystemName("Cheque"))


def test_what_finds_them_is_taken_as_it_is() -> None:
    """A host's own way to find payment systems is used, and not copied."""
    own = SharedPaymentSystems([CARDS])

    assert own is found_by(own)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("systems", [[CARDS, CARDS], [CARDS, "Bank"]], ids=["twice", "a-name"])
def test_a_list_has_each_name_once(systems: list[object]) -> None:
    """Two payment systems of one name, or something that is none, are refused."""
    with pytest.raises(InvalidInput) as caught:
        found_by(systems)

    assert ["payment_systems"] == [problem.field for problem in caught.value.problems]


NEITHER = ScriptedGateway(capabilities=PROFILES[GatewayKind.NEITHER])


@pytest.mark.rule("C2", "B1")
@pytest.mark.parametrize("known", [{}, {"without_recovery": False}])
def test_a_gateway_without_recovery_has_to_be_known(known: dict[str, bool]) -> None:
    """Where a lost answer always needs a person, the host has to say that it knows."""
    with pytest.raises(InvalidInput) as caught:
        PaymentSystem(SystemName("Old bank"), NEITHER, **known)

    (problem,) = caught.value.problems
    assert ("without_recovery", "False") == (problem.field, problem.given)
    assert "held for a person" in problem.allowed


@pytest.mark.rule("C2")
def test_a_gateway_without_recovery_is_warned_of() -> None:
    """And is warned all the same, where the payment system is made."""
    with pytest.warns(NoRecoveryWarning, match="'Old bank' has neither") as told:
        system = PaymentSystem(SystemName("Old bank"), NEITHER, without_recovery=True)

    assert system.automatic
    assert [__file__] == [warning.filename for warning in told]


@pytest.mark.rule("C2")
@pytest.mark.parametrize("kind", [kind for kind in GatewayKind if kind is not GatewayKind.NEITHER])
def test_other_gateways_are_not_warned_of(kind: GatewayKind) -> None:
    """With keys or a look-up most of what gets lost is found again; saying more does no harm."""
    gateway = ScriptedGateway(capabilities=PROFILES[kind])

    for known in (False, True):
        assert PaymentSystem(SystemName("Cards"), gateway, without_recovery=known).automatic


@pytest.mark.rule("B1")
@pytest.mark.parametrize("gateway", [object(), "Stripe", 7], ids=["object", "text", "number"])
def test_a_gateway_declares_what_it_can_do(gateway: object) -> None:
    """What declares no capabilities is no gateway."""
    with pytest.raises(InvalidInput) as caught:
        PaymentSystem(SystemName("Cards"), gateway)

    assert ["gateway.capabilities"] == [problem.field for problem in caught.value.problems]


@pytest.mark.rule("B1")
def test_what_is_known_is_a_flag() -> None:
    """Anything but true and false is refused."""
    with pytest.raises(InvalidInput):
        PaymentSystem(SystemName("Cards"), NEITHER, without_recovery=1)
