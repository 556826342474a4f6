"""Contract suites: what a host's own storage or gateway must keep, as tests to inherit.

Each check's docstring states the promise that it holds, and its failure begins with that sentence.
They need pytest, which the extra ``ordersales[pytest]`` brings, and no other plugin.
"""

from ordersales.testing.contracts.gateway import AsyncGatewayContract, GatewayContract
from ordersales.testing.contracts.storage import AsyncStoreContract, StoreContract

__all__ = ["AsyncGatewayContract", "AsyncStoreContract", "GatewayContract", "StoreContract"]
