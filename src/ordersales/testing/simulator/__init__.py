"""A shop driven through years of crashes, from one seed: the crash simulator."""

from ordersales.testing.simulator.simulation import Report, Simulation

__all__ = ["Report", "Simulation"]
