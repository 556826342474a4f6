"""What a gateway declares."""

from __future__ import annotations

from ordersales.ports.gateway import Capabilities


def test_nothing_is_declared_by_itself() -> None:
    """A gateway that says nothing is taken to be able to do nothing: the careful way."""
    expected = Capabilities(keys_kept_for=None, look_up=False, cancel=False, one_click=False)

    assert expected == Capabilities()
