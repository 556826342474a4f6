"""Where the demo keeps its shop: in memory, or in a file of its own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ordersales.adapters.memory import MemoryStore
from ordersales.demo.purchases import Unusable
from ordersales.errors import StorageFailed
from ordersales.ports.storage import Store

NEEDS: Final = 'python -m pip install "ordersales[sqlalchemy]"'


@contextmanager
def opened(file: Path | None) -> Generator[Store]:
    """Open an empty store: in memory, or in `file`, which is made.

    Raises:
        Unusable: The file is there already, can't be made, or what it takes is not installed.
    """
    if file is None:
        yield MemoryStore()
        return
    if file.exists():
        raise Unusable(f"{file} is there already; name a file that is not, for a shop of its own")
    try:
        from ordersales.adapters.sqlalchemy import (  # noqa: PLC0415 - an extra brings it
            SqlStore,
            sqlite_engine,
        )
    except ImportError:
        told = f"To keep the shop in a file, install what that takes with\n\n    {NEEDS}"
        raise Unusable(told) from None
    engine = sqlite_engine(file)
    try:
        store = SqlStore(engine)
        try:
            store.create_tables()
        except StorageFailed as error:
            raise Unusable(f"{file} can't be made: {error}") from error
        yield store
    finally:
        engine.dispose()
