"""Memory, SQLite and PostgreSQL beside each other, each through every door that it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import attrs
from attrs import frozen
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import create_async_engine

from ordersales.adapters.memory import MemoryStore
from ordersales.adapters.sqlalchemy import AsyncSqlStore, SqlStore, async_sqlite_engine
from ordersales.ports.storage import Store, Transaction
from ordersales.services.engine import ask, run, run_async, transaction
from ordersales.values.identifiers import AccountId

T = TypeVar("T")
#: What is done in one transaction.
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


@frozen
class Door:
    """One way to the records of one database."""

    name: str
    store: Store
    drive: Callable[[Coroutine[Any, Any, Any]], Any]

    def do(self, account: AccountId, work: Work[T]) -> T:
        """Do it in a transaction of its own."""

        async def whole() -> T:
            async with transaction(self.store, account) as tx:
                return await work(tx)

        return cast("T", self.drive(whole()))


@frozen
class Everywhere:
    """Three databases that are told the same; memory comes first."""

    databases: tuple[tuple[Door, ...], ...]

    @property
    def doors(self) -> list[Door]:
        """Every door; memory's comes first."""
        return [door for doors in self.databases for door in doors]

    def told(self, account: AccountId, work: Work[object], which: int = 0) -> None:
        """Do it in each database, through one of its doors."""
        for doors in self.databases:
            doors[which % len(doors)].do(account, work)

    def same(self, account: AccountId, work: Work[T]) -> T:
        """Do it through every door, hold each answer against that of memory, and return it."""
        memory, *others = self.doors
        expected = memory.do(account, work)
        for door in others:
            assert expected == door.do(account, work), door.name
        return expected


@contextmanager
def opened(
    on_sqlite: Engine, sqlite_file: Path, on_postgres: Engine, url: str
) -> Iterator[Everywhere]:
    """Open every door, and close those that need it."""
    with asyncio.Runner() as runner:
        engines = async_sqlite_engine(sqlite_file), create_async_engine(url)

        def awaited(script: Coroutine[Any, Any, Any]) -> Any:
            return runner.run(run_async(script))

        def door(name: str, store: object, drive: Callable[[Any], Any]) -> Door:
            return Door(name, cast("Store", store), drive)

        yield Everywhere(
            (
                (door("memory", MemoryStore(), run),),
                (
                    door("SQLite", SqlStore(on_sqlite), run),
                    door("SQLite, awaited", AsyncSqlStore(engines[0]), awaited),
                ),
                (
                    door("PostgreSQL", SqlStore(on_postgres), run),
                    door("PostgreSQL, awaited", AsyncSqlStore(engines[1]), awaited),
                ),
            )
        )
        for engine in engines:
            runner.run(engine.dispose())


def adding(records: Sequence[Any], account: AccountId, which: str) -> Callable[..., Any]:
    """Return what adds records, as those of an account."""

    async def work(tx: Transaction) -> None:
        for record in records:
            await ask(getattr(tx, which).add, attrs.evolve(record, account=account))

    return work
