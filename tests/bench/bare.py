"""A shop written on bare dicts and ints, to hold the library's cost against.

`BareShop` has the duties that any shop has: who may, the idempotency key, the transition with its
checks, the event. `CarefulShop` has all those that the library has: input checked, times in UTC,
transactions that leave nothing half-written and notice each other, the library's deadline for
sending. Neither has types, errors with fields, or storage and clock to exchange.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock
from time import monotonic
from typing import Any

Record = dict[str, Any]

NEEDS = {"place": None, "pay": None, "see": "see orders", "decline": "decide orders"}


class BareGateway:
    """Takes any money, once for each key."""

    def __init__(self) -> None:
        """Start with an empty book."""
        self.book: dict[str, Record] = {}

    def charge(self, request: Record) -> Record:
        """Return the first answer under the request's key."""
        answer = self.book.get(request["key"])
        if answer is None:
            answer = {"word": "yes", "id": f"ch_{len(self.book)}", "amount": request["amount"]}
            self.book[request["key"]] = answer
        return answer


class BareShop:
    """Places and charges orders on dicts that are changed in place."""

    def __init__(self) -> None:
        """Start empty, with a gateway of its own."""
        self.charge_at_gateway: Callable[[Record], Record] = BareGateway().charge
        self.orders: dict[int, Record] = {}
        self.by_key: dict[str, int] = {}
        self.by_payment_key: dict[str, int] = {}
        self.events: list[Record] = []
        self.numbers, self.invoice_numbers = count(1), count(1)

    def place(self, actor: Record, offer: Record, customer: Record, key: str) -> Record:
        """Place an order for one."""
        _permit(actor, "place")
        earlier = self.by_key.get(key)
        if earlier is not None:
            return _same_order(self.orders[earlier], offer, customer)
        order = _new_order(
            actor, offer, customer, key, number=next(self.numbers), at=datetime.now(UTC)
        )
        self.by_key[key] = order["number"]
        self.orders[order["number"]] = order
        self.events.append(_event(order, "order placed", None, order["price"], actor["user"]))
        return order

    def charge(self, actor: Record, number: int, system: str, key: str) -> Record:
        """Take all that is left of an order."""
        _permit(actor, "pay")
        if key in self.by_payment_key:
            return _same_payment(self.orders[self.by_payment_key[key]], number, system, key)
        order = self.orders[number]
        at = datetime.now(UTC)
        invoice = _new_invoice(order, next(self.invoice_numbers), system, key, at)
        order["invoices"].append(invoice)
        order["version"] += 1
        self.by_payment_key[key] = number
        self.events.append(_event(order, "started", invoice, invoice["amount"], actor["user"]))
        answer = self.charge_at_gateway(_request(order, invoice))
        _settle(order, invoice, answer, datetime.now(UTC))
        order["version"] += 1
        self.events.append(_event(order, "succeeded", invoice, invoice["amount"], None))
        return order


class CarefulShop(BareShop):
    """Does the same with every care that the library takes."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.lock = Lock()

    def place(self, actor: Record, offer: Record, customer: Record, key: str) -> Record:
        """Place an order for one."""
        _permit(actor, "place")
        _text(key)
        if type(offer) is not dict or type(customer) is not dict:
            raise TypeError
        at = _utc(datetime.now(UTC))
        earlier = self.by_key.get(key)
        if earlier is not None:
            return _same_order(self.orders[earlier], offer, customer)
        order = _new_order(actor, offer, customer, key, number=next(self.numbers), at=at)
        event = _event(order, "order placed", None, order["price"], actor["user"])
        with self.lock:
            if key in self.by_key or order["number"] in self.orders:
                raise KeyError(key)
            self.by_key[key] = order["number"]
            self.orders[order["number"]] = order
            self.events.append(event)
        return order

    def charge(self, actor: Record, number: int, system: str, key: str) -> Record:
        """Take all that is left of an order: reserved, sent, booked."""
        _permit(actor, "pay")
        _text(key)
        _text(system)
        if type(number) is not int or number < 1:
            raise TypeError
        begun, at = monotonic(), _utc(datetime.now(UTC))
        if key in self.by_payment_key:
            return _same_payment(self.orders[self.by_payment_key[key]], number, system, key)
        order = self.orders[number]
        invoice = _new_invoice(order, next(self.invoice_numbers), system, key, at)
        after = {**order, "invoices": [*order["invoices"], invoice]}
        event = _event(after, "started", invoice, invoice["amount"], actor["user"])
        order = self._commit(order, after, event, key)
        by_wall = _utc(datetime.now(UTC)) - at
        if max(by_wall, timedelta(seconds=monotonic() - begun)) > timedelta(seconds=30):
            raise TimeoutError
        answer = self.charge_at_gateway(_request(order, invoice))
        now = _utc(datetime.now(UTC))
        order = self.orders[number]
        paid = next(item for item in order["invoices"] if item["number"] == invoice["number"])
        paid = {**paid, "attempt": {**paid["attempt"]}}
        others = [item for item in order["invoices"] if item["number"] != paid["number"]]
        after = {**order, "invoices": [*others, paid]}
        _settle(after, paid, answer, now)
        event = _event(after, "succeeded", paid, paid["amount"], None)
        return self._commit(order, after, event, key)

    def _commit(self, before: Record, after: Record, event: Record, key: str) -> Record:
        after["version"] += 1
        with self.lock:
            number = after["number"]
            if self.orders[number]["version"] != before["version"]:
                raise KeyError(number)
            if self.by_payment_key.get(key, number) != number:
                raise KeyError(key)
            self.orders[number] = after
            self.by_payment_key[key] = number
            self.events.append(event)
        return after


def _text(value: str) -> None:
    if type(value) is not str or not value.strip() or len(value) > 200 or not value.isprintable():
        raise TypeError


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _permit(actor: Record, operation: str) -> None:
    needed = NEEDS[operation]
    if needed is not None and needed not in actor["permissions"]:
        raise PermissionError(operation)


def _same_order(order: Record, offer: Record, customer: Record) -> Record:
    if order["offer"] != offer or order["customer"]["id"] != customer["id"]:
        raise KeyError(order["key"])
    return order


def _same_payment(order: Record, number: int, system: str, key: str) -> Record:
    invoice = next(item for item in order["invoices"] if item["key"] == key)
    if order["number"] != number or invoice["system"] != system:
        raise KeyError(key)
    return order


def _new_order(
    actor: Record, offer: Record, customer: Record, key: str, *, number: int, at: datetime
) -> Record:
    price = offer["unit_price"]
    return {
        "account": actor["account"],
        "number": number,
        "key": key,
        "placed_at": at,
        "customer": customer,
        "offer": offer,
        "quantity": 1,
        "price": price,
        "currency": offer["currency"],
        "status": "Open" if price else "Completed",
        "sale": None,
        "invoices": [],
        "decision": None,
        "attention": [],
        "occurrence": None,
        "version": 1,
    }


def _new_invoice(order: Record, number: int, system: str, key: str, at: datetime) -> Record:
    """Return what is left of `order` as an invoice, if one may be started."""
    if order["status"] != "Open":
        raise ValueError(order["status"])
    taken = 0
    for item in order["invoices"]:
        if item["status"] == "Pending":
            raise ValueError(item["number"])
        if item["status"] in ("Paid", "Refunded"):
            taken += item["covers"]
    left = order["price"] - taken
    if left <= 0:
        raise ValueError(left)
    reference = f"{order['account']}/{order['number']}/{len(order['invoices']) + 1}"
    return {
        "number": number,
        "attempted_at": at,
        "status": "Pending",
        "amount": left,
        "currency": order["currency"],
        "covers": left,
        "system": system,
        "key": key,
        "one_click": False,
        "comment": "",
        "gateway_id": None,
        "fee": None,
        "error": None,
        "settled_at": None,
        "refunds": [],
        "attempt": {
            "reference": reference,
            "epoch": 0,
            "stage": "in doubt",
            "method": None,
            "sent_at": at,
            "next_check": at + timedelta(minutes=2),
            "sends": 1,
            "checks": 0,
            "buyer_action": None,
        },
    }


def _request(order: Record, invoice: Record) -> Record:
    reference = invoice["attempt"]["reference"]
    return {
        "reference": reference,
        "key": f"{reference}~{invoice['attempt']['epoch']}",
        "amount": invoice["amount"],
        "currency": invoice["currency"],
        "description": f"{order['offer']['name']}, order {order['number']}",
    }


def _settle(order: Record, invoice: Record, answer: Record, at: datetime) -> None:
    """Change `order` and its `invoice` by a yes."""
    if invoice["status"] != "Pending" or answer["word"] != "yes":
        raise ValueError(answer["word"])
    if answer["amount"] != invoice["amount"]:
        raise ValueError(answer["amount"])
    invoice.update(status="Paid", gateway_id=answer["id"], settled_at=at)
    invoice["attempt"].update(stage="closed", next_check=None)
    paid = sum(item["covers"] for item in order["invoices"] if item["status"] == "Paid")
    if paid > order["price"]:
        order["attention"].append({"reason": "overpaid", "at": at, "invoice": invoice["number"]})
    if paid >= order["price"]:
        order["status"] = "Completed"


def _event(order: Record, kind: str, invoice: Record | None, amount: int, by: str | None) -> Record:
    return {
        "account": order["account"],
        "order": order["number"],
        "kind": kind,
        "at": order["placed_at"],
        "by": by,
        "invoice": None if invoice is None else invoice["number"],
        "after": order["status"],
        "amount": amount,
        "note": "",
    }
