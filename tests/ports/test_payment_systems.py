"""Payment systems, and how one is found by its name."""

from __future__ import annotations

import pytest

from ordersales.errors import InvalidInput
from ordersales.ports.payment_systems import PaymentSystem, SharedPaymentSystems, found_by
from ordersales.testing import ScriptedGateway
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
