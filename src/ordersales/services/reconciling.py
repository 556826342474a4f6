"""Look after whatever payment systems have not finally answered, in all accounts (rule C2).

Any number of workers may do so at once, on any job engine, as often as they like: what is not due
is not touched, and where somebody else is faster a worker stops quietly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ordersales.models.inbox import KeptMessage
from ordersales.models.reconciled import Checked, Reconciled
from ordersales.services import webhooks
from ordersales.services.desk import Desk, always
from ordersales.services.engine import ask, transaction
from ordersales.services.looking_after import look_after
from ordersales.values import checks
from ordersales.values.identifiers import AccountId, OrderNumber
from ordersales.values.moment import utc

#: The most that may be looked after at once.
MOST_AT_ONCE: Final = 1000


async def reconcile(
    desk: Desk, *, limit: int, carry_on: Callable[[], bool] | None = None
) -> tuple[Reconciled, ...]:
    """Look after up to `limit` payments, refunds and messages that are due, and tell what was done.

    Before each of them `carry_on` is asked.
    """
    checks.refuse(checks.whole(limit, "limit", least=1, most=MOST_AT_ONCE))
    now = utc(await ask(desk.clock.now), "clock")
    accounts = await ask(desk.store.accounts_to_check, now, limit)
    done, going = list[Reconciled](), carry_on or always
    for account in accounts:
        # A share for each, so that an account with an outage does not keep all others waiting.
        share = max(1, limit // len(accounts))
        async with transaction(desk.store, account) as tx:
            orders = await ask(tx.orders.to_check, now, share)
            messages = await ask(tx.inbox.to_match, now, share)
        for number in orders:
            if not going():
                return tuple(done)
            done += await _looked_after(desk, account, number)
        for message in messages[: share - len(orders)]:
            done += await _matched(desk, account, message)
    return tuple(done)


async def _looked_after(
    desk: Desk, account: AccountId, number: OrderNumber
) -> tuple[Reconciled, ...]:
    looked = await look_after(desk, account, number)
    if looked is None:
        return ()
    subject, did = looked
    return (
        Reconciled(
            account=account,
            order=number,
            invoice=subject.invoice,
            refund=subject.refund,
            what=did,
        ),
    )


async def _matched(desk: Desk, account: AccountId, message: KeptMessage) -> tuple[Reconciled, ...]:
    found = await webhooks.try_again(desk, account, message)
    if found is None:
        return ()
    return (
        Reconciled(
            account=account,
            order=found.order.number,
            invoice=found.invoice.number,
            what=Checked.MATCHED,
        ),
    )
