"""Subject: orders placed and paid one after the other, each transaction committed to the disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Final

from attrs import define, field, frozen
from measure import EFFORT
from sql_databases import Database, at_once
from sqlalchemy import Connection, Engine, TextClause, event, text

from ordersales import BackOffice, IdempotencyKey, PaymentSystem, SystemName
from ordersales.adapters.sqlalchemy import SqlStore
from ordersales.testing import ScriptedGateway, a_customer, a_manager, an_offer

CLIENTS: Final = (1, 8, 32)
CARDS: Final = SystemName("Cards")


@frozen
class Sent:
    """One statement as it was sent."""

    statement: str
    values: Any
    #: In a transaction of its own, committed at once.
    apart: bool


@define
class Recorder:
    """Writes down the transactions of an engine, so that they can be done again by hand."""

    engine: Engine
    done: list[list[Sent]] = field(factory=list)
    _open: list[Sent] = field(factory=list)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Listen."""
        event.listen(Engine, "before_cursor_execute", self._sent)
        event.listen(self.engine, "commit", self._committed)
        yield
        event.remove(Engine, "before_cursor_execute", self._sent)
        event.remove(self.engine, "commit", self._committed)

    def _sent(self, connection: Connection, _: Any, statement: str, values: Any, *__: Any) -> None:
        self._open.append(Sent(statement, values, connection.engine is not self.engine))

    def _committed(self, _: Connection) -> None:
        self.done.append(self._open)
        self._open = []


def shop(engine: Engine) -> Callable[[int], Callable[[], object]]:
    """Return what makes a work of placing and paying an order with a number."""
    office = BackOffice(SqlStore(engine), [PaymentSystem(name=CARDS, gateway=ScriptedGateway())])
    boss, offer, customer = a_manager(), an_offer(), a_customer()

    def work(number: int) -> Callable[[], object]:
        def place_and_pay() -> None:
            key = IdempotencyKey(f"cart-{number}")
            order = office.orders.place(boss, offer, customer, key=key)
            office.payments.charge(boss, order.number, CARDS, key=IdempotencyKey(f"pay-{number}"))

        return place_and_pay

    return work


#: How a recorded statement is run again.
Run = Callable[[Connection, Sent], None]


def by_hand(
    engine: Engine, units: Sequence[list[list[Sent]]], run: Run
) -> list[Callable[[], object]]:
    """Return the same statements with the same values, and nothing else, order by order."""
    apart = engine.execution_options(isolation_level="AUTOCOMMIT")

    def replay(unit: list[list[Sent]]) -> None:
        for transaction in unit:
            with engine.connect() as connection:
                for sent in transaction:
                    if sent.apart:
                        with apart.connect() as other:
                            run(other, sent)
                    else:
                        run(connection, sent)
                connection.commit()

    return [partial(replay, unit) for unit in units]


def through_core(connection: Connection, sent: Sent) -> None:
    """Run it as statements are written by hand with SQLAlchemy's Core: as text with names."""
    found = connection.execute(*_core(sent))
    if found.returns_rows:
        found.fetchall()


def _core(sent: Sent) -> tuple[TextClause, Any]:
    if isinstance(sent.values, dict):
        return _text(re.sub(r"%\((\w+)\)s", r":\1 ", sent.statement)), sent.values
    parts = sent.statement.split("?")
    names = [f"p{at}" for at in range(len(parts) - 1)]
    words = "".join(f"{part}:{name}" for part, name in zip(parts, names, strict=False))
    return _text(words + parts[-1]), dict(zip(names, sent.values, strict=True))


@cache
def _text(words: str) -> TextClause:
    return text(words)


def through_driver(connection: Connection, sent: Sent) -> None:
    """Run it with nothing of Core's but the connection."""
    found = connection.exec_driver_sql(sent.statement, sent.values)
    if found.returns_rows:
        found.fetchall()


def bare(engine: Engine, count: int) -> list[Callable[[], object]]:
    """Return transactions of one row each: the rate at which the database commits."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (number BIGINT PRIMARY KEY, words TEXT)"))

    def commit(number: int) -> Callable[[], object]:
        def one() -> None:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"INSERT INTO bare VALUES ({number}, 'words')")  # noqa: S608 - a number

        return one

    return [commit(number) for number in range(count)]


def placing(database: Database, orders: int) -> list[str]:
    """Measure single orders; one row for each number of clients."""
    with database.new() as engine:
        recorder, work = Recorder(engine), shop(engine)
        work(0)()
        with recorder.recording():
            for number in range(1, orders + 1):
                work(number)()
    each = len(recorder.done) // orders
    units = [recorder.done[at : at + each] for at in range(0, len(recorder.done), each)]
    return [_row(database, clients, units) for clients in CLIENTS if clients <= EFFORT.clients]


def _row(database: Database, clients: int, units: list[list[list[Sent]]]) -> str:
    count = len(units)
    # What was recorded begins behind one order, which is there by the same statements.
    with database.new() as engine:
        work = shop(engine)
        work(0)()
        took = at_once(clients, map(work, range(1, count + 1)))
    by: list[float] = []
    for run in (through_core, through_driver):
        with database.new() as engine:
            shop(engine)(0)()
            by.append(at_once(clients, by_hand(engine, units, run)))
    with database.new() as engine:
        commits = at_once(clients, bare(engine, count))
    each, statements = len(units[0]), sum(map(len, units[0]))
    return (
        f"| {database.name} | {clients} | {count / took:,.0f} "
        f"| {count / by[0]:,.0f} | {by[0] / took:.0%} | {count / by[1]:,.0f} | {by[1] / took:.0%} "
        f"| {count / commits:,.0f} | {each * commits / took:.0%} | {statements} | {each} |"
    )
