"""Storage in the memory of one process: complete, for tests, trials and single-process hosts."""

from ordersales.adapters.memory.store import MemoryStore

__all__ = ["MemoryStore"]
