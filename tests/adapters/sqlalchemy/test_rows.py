"""The columns say what the records say, and only rows that have changed are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Engine, Table, event, select

from ordersales.adapters.sqlalchemy import SqlStore, Tables
from ordersales.errors import Conflict
from ordersales.models.installation import Mark
from ordersales.models.invoice import InvoiceStatus
from ordersales.models.order import Order
from ordersales.models.refund import RefundStatus
from ordersales.testing.contracts.recurring_samples import a_recurring_order
from ordersales.testing.contracts.samples import (
    NOON,
    a_full_order,
    a_message,
    a_plan,
    a_refund,
    an_event,
    an_invoice,
    an_order,
)
from ordersales.values.identifiers import AccountId, IdempotencyKey, OrderNumber, SystemName
from ordersales.values.money import Money

HOUR = timedelta(hours=1)


@pytest.fixture
def engine(on_each: Engine) -> Engine:
    """Return an engine on one of the databases."""
    return on_each


@pytest.fixture
def store(engine: Engine) -> SqlStore:
    """Return the store on the engine."""
    return SqlStore(engine)


def tables_of(store: SqlStore) -> Tables:
    """Return the tables that a store keeps its records in."""
    return store._kit.tables


def rows(store: SqlStore, table: Table, account: AccountId, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of an account's rows, in the order of their keys."""
    asked = select(*(table.c[name] for name in names)).where(table.c.account == account)
    with store._engine.connect() as connection:
        found = connection.execute(asked.order_by(*table.primary_key)).all()
    return [tuple(row) for row in found]


def added(store: SqlStore, order: Order) -> Order:
    """Add an order in a transaction of its own."""
    with store.transaction(order.account) as tx:
        return tx.orders.add(order)


def saved(store: SqlStore, order: Order) -> Order:
    """Save an order in a transaction of its own."""
    with store.transaction(order.account) as tx:
        return tx.orders.save(order)


@contextmanager
def written(engine: Engine) -> Iterator[list[str]]:
    """Note what is written: the first words of each statement, and of how many rows."""
    told: list[str] = []

    def note(_: object, __: object, statement: str, values: Any, ___: object, many: bool) -> None:
        words = statement.split()
        if words[0] != "SELECT":
            table = words[2 if words[0] == "INSERT" else 1]
            told.append(f"{words[0]} {table} {len(values) if many else 1}")

    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


def test_an_order_has_its_columns(store: SqlStore, account: AccountId) -> None:
    """Every column says what the record says, in minor units and in UTC."""
    order = evolve(a_full_order(account, OrderNumber(7)), placed_at=NOON)
    added(store, order)

    table = tables_of(store).orders
    names = [column.name for column in table.c if column.name != "record"]
    (found,) = rows(store, table, account, *names)

    expected = {
        "account": account,
        "number": 7,
        "version": 1,
        "key": "order-7",
        "placed_at": NOON,
        "customer": "c/7",
        "customer_folded": "zoe 'strasse' 山田",
        "status": "Completed",
        "offer": order.offer.number,
        "offer_name": order.offer.name,
        "offer_folded": order.offer.name.lower(),
        "category": order.offer.category.number,
        "category_name": order.offer.category.name,
        "currency": "KWD",
        "price": 2**63 - 1,
        "unit_price": 9999,
        "quantity": 3,
        "manager": order.sale.manager and order.sale.manager.user,
        "manager_name": order.sale.manager and order.sale.manager.name,
        "manager_folded": order.sale.manager and order.sale.manager.name.lower(),
        "confirmed": True,
        "payment_type": "Partial",
        "needs_attention": True,
        "recurring_order": 4,
        "occurrence": 7,
        "next_check": None,
    }
    assert expected == dict(zip(names, found, strict=True))


def test_the_first_invoice_that_was_paid_opens_its_order(
    store: SqlStore, account: AccountId
) -> None:
    """Of several whose money was taken, it is the one that was paid first, and only that."""
    paid = {"status": InvoiceStatus.PAID, "fee": Money.of("0.30", "EUR")}
    order = added(
        store,
        an_order(
            account,
            OrderNumber(1),
            invoices=(
                an_invoice(1, status=InvoiceStatus.FAILED, settled_at=NOON),
                an_invoice(2, **paid, settled_at=NOON + 2 * HOUR),
                an_invoice(3),
            ),
        ),
    )
    names = ("number", "place", "status", "commission", "paid_at", "opens_order")
    table = tables_of(store).invoices
    before = [
        (1, 1, "Failed", None, None, False),
        (2, 2, "Paid", 30, NOON + 2 * HOUR, True),
        (3, 3, "Pending", None, None, False),
    ]
    assert before == rows(store, table, account, *names)

    # The answer to an earlier attempt came late.
    late = evolve(order.invoices[2], status=InvoiceStatus.PAID, settled_at=NOON + HOUR)
    saved(store, evolve(order, invoices=(*order.invoices[:2], late)))

    after = [
        before[0],
        (*before[1][:-1], False),
        (3, 3, "Paid", None, NOON + HOUR, True),
    ]
    assert after == rows(store, table, account, *names)


def test_a_refund_counts_from_when_the_money_went_back(store: SqlStore, account: AccountId) -> None:
    """One that is pending, failed or was won back has no such moment."""
    refunds = tuple(
        a_refund(f"back-{number}", number=number, status=status, settled_at=NOON)
        for number, status in enumerate(RefundStatus, 1)
    )
    invoice = an_invoice(5, status=InvoiceStatus.PAID, settled_at=NOON, refunds=refunds)
    order = added(store, an_order(account, OrderNumber(1), invoices=(invoice,)))
    found = rows(
        store, tables_of(store).refunds, account, "invoice", "number", "status", "returned_at"
    )
    expected = [
        (5, number, status.value, NOON if status is RefundStatus.SUCCEEDED else None)
        for number, status in enumerate(RefundStatus, 1)
    ]
    assert expected == found

    won = evolve(refunds[1], status=RefundStatus.REVERSED)
    changed = evolve(invoice, refunds=(refunds[0], won, *refunds[2:]))
    saved(store, evolve(order, invoices=(changed,)))

    found = rows(store, tables_of(store).refunds, account, "number", "status", "returned_at")
    assert (2, "Reversed", None) == found[1]


def test_only_what_has_changed_is_written(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """Of an order with many invoices and refunds, saving writes those rows that say something new."""
    invoices = tuple(
        an_invoice(number, refunds=(a_refund(f"back-{number}"),)) for number in (1, 2, 3)
    )
    with store.transaction(account) as tx, written(engine) as told:
        order = tx.orders.add(an_order(account, OrderNumber(1), invoices=invoices))
        assert [
            "INSERT ordersales_orders 1",
            "INSERT ordersales_invoices 3",
            "INSERT ordersales_refunds 3",
            "INSERT ordersales_refund_keys 3",
        ] == told
        told.clear()
        order = tx.orders.save(evolve(order, quantity=2))
        assert ["UPDATE ordersales_orders 1"] == told
        told.clear()
        paid = evolve(invoices[1], status=InvoiceStatus.PAID, settled_at=NOON)
        refunded = evolve(invoices[2], refunds=(a_refund("back-3", status=RefundStatus.FAILED),))
        order = tx.orders.save(evolve(order, invoices=(invoices[0], paid, refunded)))
        assert [
            "UPDATE ordersales_orders 1",
            "UPDATE ordersales_invoices 1",
            "UPDATE ordersales_refunds 1",
        ] == told
        told.clear()
        new = an_invoice(4, refunds=(a_refund("back-3"), a_refund(None, number=2)))
        tx.orders.save(evolve(order, invoices=(*order.invoices, new)))
        assert [
            "UPDATE ordersales_orders 1",
            "INSERT ordersales_invoices 1",
            "INSERT ordersales_refunds 2",
        ] == told


def test_what_the_transaction_knows_is_not_read_again(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """To save what was read or written in the same transaction asks nothing more of the database."""
    added(store, an_order(account, OrderNumber(1)))
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement.split(maxsplit=1)[0])

    with store.transaction(account) as tx:
        order = tx.orders.get(OrderNumber(1))
        assert order is not None
        event.listen(engine, "before_cursor_execute", note)
        tx.orders.save(tx.orders.save(order))
        event.remove(engine, "before_cursor_execute", note)

    assert ["UPDATE", "UPDATE"] == asked


def columns_written(engine: Engine, save: Callable[[], object]) -> list[set[str]]:
    """Return which columns each update writes."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    save()
    event.remove(engine, "before_cursor_execute", note)
    updates = [statement for statement in asked if statement.startswith("UPDATE")]
    return [set(re.findall(r"(\w+)=", item.partition("WHERE")[0])) for item in updates]


def test_columns_that_stay_are_not_written(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """What has not changed is in the indexes already: a database would write it there again."""
    invoices = tuple(an_invoice(number) for number in (1, 2, 3))
    added(store, an_order(account, OrderNumber(1), invoices=invoices))
    with store.transaction(account) as tx:
        order = tx.orders.get(OrderNumber(1))
        assert order is not None
        first, second, third = order.invoices
        paid = evolve(first, status=InvoiceStatus.PAID, settled_at=NOON)
        other = evolve(second, system=SystemName("Wires"))
        changed = evolve(order, quantity=2, invoices=(paid, other, third))

        told = columns_written(engine, lambda: tx.orders.save(changed))

    always = {"version", "record"}
    assert [always | {"quantity"}, {"status", "paid_at", "opens_order", "system"}] == told
    found = rows(store, tables_of(store).invoices, account, "number", "status", "system")
    assert [(1, "Paid", first.system), (2, second.status, "Wires")] == found[:2]


@pytest.mark.rule("R5")
def test_of_a_recurring_order_that_was_read_only_what_changed_is_written(
    engine: Engine, store: SqlStore, account: AccountId
) -> None:
    """Of one that was not, all that may have changed; what says which it is never is."""
    with store.transaction(account) as tx:
        tx.recurring_orders.add(a_recurring_order(account, OrderNumber(1)))
    with store.transaction(account) as tx:
        kept = tx.recurring_orders.get(OrderNumber(1))
        assert kept is not None
        later = evolve(kept, due_at=kept.due_at + HOUR)
        (few,) = columns_written(engine, lambda: tx.recurring_orders.save(later))
    with store.transaction(account) as tx:
        later = evolve(later, version=later.version + 1)
        (all_of_them,) = columns_written(engine, lambda: tx.recurring_orders.save(later))

    always = {"version", "claimed_until", "claim_at", "record"}
    assert always | {"next_action"} == few
    names = {column.name for column in tables_of(store).recurring_orders.columns}
    assert names - {"account", "number"} == all_of_them | {"key"}


@pytest.mark.rule("C5", "O4")
def test_a_conflict_names_what_is_taken(store: SqlStore, account: AccountId) -> None:
    """Who reads a log learns which order, key or number it was."""
    invoice = an_invoice(1, key=IdempotencyKey("payment-1"), refunds=(a_refund("back"),))
    order = added(store, an_order(account, OrderNumber(1), invoices=(invoice,)))
    other = added(store, an_order(account, OrderNumber(2)))
    first = added(store, a_full_order(account, OrderNumber(3)))

    def conflict(change: Any, record: Order) -> str:
        with pytest.raises(Conflict) as caught:
            change(store, record)
        return caught.value.record

    def with_invoices(*invoices: Any) -> Order:
        return evolve(other, invoices=invoices)

    late = evolve(order, version=7)
    assert "order 1" == conflict(saved, late)
    assert "order 1" == conflict(added, an_order(account, OrderNumber(1), key="new"))
    assert "the key 'order-1'" == conflict(added, an_order(account, OrderNumber(9), key=order.key))
    again = evolve(first, number=OrderNumber(9), key=IdempotencyKey("new"), version=0)
    assert "occurrence 3 of 4" == conflict(added, again)
    assert "the key 'payment-1'" == conflict(saved, with_invoices(evolve(invoice, number=9)))
    twice = with_invoices(an_invoice(1, key="p-8"), an_invoice(9, key="p-9"))
    assert "invoice 1 or 9" == conflict(saved, twice)
    refunded = an_invoice(9, key="p-9", refunds=(a_refund("back"),))
    assert "the key 'back'" == conflict(saved, with_invoices(refunded))


def test_a_conflict_names_what_else_is_taken(store: SqlStore, account: AccountId) -> None:
    """So it is of recurring orders, sales plans and the mark."""
    recurring = a_recurring_order(account, OrderNumber(1), key=IdempotencyKey("imported"))
    plan = a_plan()
    with store.transaction(account) as tx:
        kept = tx.recurring_orders.add(recurring)
        tx.recurring_orders.add(evolve(recurring, number=OrderNumber(2), key=None))
        tx.sales_plans.save(plan)

    def conflict(work: Any) -> str:
        with pytest.raises(Conflict) as caught, store.transaction(account) as tx:
            work(tx)
        return caught.value.record

    assert "recurring order 1" == conflict(
        lambda tx: tx.recurring_orders.add(evolve(recurring, key=None))
    )
    assert "the key 'imported'" == conflict(
        lambda tx: tx.recurring_orders.add(evolve(recurring, number=OrderNumber(9)))
    )
    second = evolve(recurring, number=OrderNumber(2), version=1)
    assert "the key 'imported'" == conflict(lambda tx: tx.recurring_orders.save(second))
    assert "recurring order 1" == conflict(
        lambda tx: tx.recurring_orders.save(evolve(kept, version=9))
    )
    named = f"the sales plan of customer {plan.customer!r} for offer {plan.offer!r}"
    assert named == conflict(lambda tx: tx.sales_plans.save(plan))
    assert "the installation mark" == conflict(
        lambda tx: tx.installation.adopt(Mark("ours"), replacing="not theirs")
    )


def test_words_that_no_database_takes_are_kept(store: SqlStore, account: AccountId) -> None:
    """What a payment system says may hold anything, NUL and half a letter included."""
    odd = "a\0b\ud800c"
    order = an_order(account, OrderNumber(1))
    event_of_it, message = an_event(order, odd), a_message("evt", odd)
    with store.transaction(account) as tx:
        tx.events.append([event_of_it])
        tx.inbox.add(SystemName("Cards"), message, NOON)

    with store.transaction(account) as tx:
        assert (event_of_it,) == tx.events.of_order(order.number)
        assert ((SystemName("Cards"), message),) == tx.inbox.unmatched()
