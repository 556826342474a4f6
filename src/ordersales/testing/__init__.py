"""What a host needs to test its own rules, storage and gateways; shipped and held like the rest.

A clock that is moved by hand, a gateway that says what it is told to, builders of records, and
contract suites for storage and gateways, with a pytest plugin; these need ``ordersales[pytest]``.

A name is loaded when it is first asked for: the plugin lies in here, and loads with every pytest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ordersales.testing.builders import a_customer, a_manager, an_actor, an_offer
    from ordersales.testing.charge_book import ChargeBook, Charged
    from ordersales.testing.clock import MovableClock
    from ordersales.testing.gateway import ScriptedGateway
    from ordersales.testing.gateway_profiles import PROFILES
    from ordersales.testing.plays import Play
    from ordersales.testing.scripted_refunds import RefundPlay, Returned

__all__ = [
    "PROFILES",
    "ChargeBook",
    "Charged",
    "MovableClock",
    "Play",
    "RefundPlay",
    "Returned",
    "ScriptedGateway",
    "a_customer",
    "a_manager",
    "an_actor",
    "an_offer",
]

# What type checkers read above, for the interpreter: where each name is at home.
_HOMES: Final = {
    "ordersales.testing.builders": "a_customer a_manager an_actor an_offer",
    "ordersales.testing.clock": "MovableClock",
    "ordersales.testing.charge_book": "ChargeBook Charged",
    "ordersales.testing.gateway": "ScriptedGateway",
    "ordersales.testing.gateway_profiles": "PROFILES",
    "ordersales.testing.plays": "Play",
    "ordersales.testing.scripted_refunds": "RefundPlay Returned",
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}


# A type checker would take a module with __getattr__ for one that has every name there is.
if not TYPE_CHECKING:  # pragma: no branch - at run time it is never true

    def __getattr__(name: str) -> Any:
        """Load a public name from its home; Python asks here once for each (PEP 562)."""
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
