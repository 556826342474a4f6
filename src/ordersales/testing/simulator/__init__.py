"""The crash simulator: a shop driven by one seed through crashes, lost answers and late messages.

After every step the invariants hold that the docs list under *What the simulator checks*, and in
the end the gateway's own book and ours agree, payment by payment. It runs on a host's own store,
and around a host's own wrapper of a gateway:

>>> from ordersales.testing.simulator import Simulation, check
>>> check(Simulation(customers=1), range(3)).runs
3
"""

from ordersales.testing.simulator.campaigns import Tally, campaign, check
from ordersales.testing.simulator.faults import Fault, FaultKind
from ordersales.testing.simulator.shrinking import Story, replay
from ordersales.testing.simulator.simulation import Report, Simulation
from ordersales.testing.simulator.violations import INVARIANTS, Violation

__all__ = [
    "INVARIANTS",
    "Fault",
    "FaultKind",
    "Report",
    "Simulation",
    "Story",
    "Tally",
    "Violation",
    "campaign",
    "check",
    "replay",
]
