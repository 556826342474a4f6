"""What a host needs to test its own rules, storage and gateways; shipped and held like the rest.

A clock that is moved by hand, a gateway that says what it is told to, builders of records, and
contract suites for storage and gateways, which the pytest plugin of the extra ``pytest`` serves.
"""

from ordersales.testing.builders import a_customer, a_manager, an_actor, an_offer
from ordersales.testing.clock import MovableClock
from ordersales.testing.gateway import Charged, Play, ScriptedGateway
from ordersales.testing.scripted_refunds import RefundPlay, Returned

__all__ = [
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
