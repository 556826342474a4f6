"""Random records of any kind, made by hypothesis from the types of their fields."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, Final, cast, get_args, get_origin

import attrs
from hypothesis import strategies as st

from ordersales.errors import InvalidInput
from ordersales.models.charge import Succeeded
from ordersales.models.filters import OrderFilter
from ordersales.models.offer import AnyShare, FixedShares, Offer
from ordersales.models.recurring_terms import RecurringTerms, ResumePolicy
from ordersales.models.refund import RefundKind, RefundReference, ReturnReported
from ordersales.models.report import (
    TIMES,
    Details,
    Dimension,
    Report,
    ReportResult,
    ReportScope,
    ReportSort,
)
from ordersales.values.cadence import Cadence, Unit
from ordersales.values.currency import Currency
from ordersales.values.identifiers import AccountId, AttemptReference, OrderNumber
from ordersales.values.money import Money
from ordersales.values.share import Share

TEXTS: Final = st.text(
    st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=9
).filter(str.strip)
WHOLE: Final = st.integers(1, 2**63 - 1)
CURRENCIES: Final = st.sampled_from(["EUR", "JPY", "KWD", "CLF"]).map(Currency.of)
MONEY: Final = st.builds(Money, st.integers(0, 2**63 - 1), CURRENCIES)
# In UTC no hour comes twice.
MOMENTS: Final = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
SHARES: Final = st.fractions(0, 1).map(Share)
ATTEMPTS: Final = st.builds(
    AttemptReference, TEXTS.map(AccountId), WHOLE.map(OrderNumber), WHOLE, st.none() | WHOLE
)
WAITS: Final = st.integers(600, 366 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
PERCENTS: Final = st.integers(0, 10**6).map(lambda hundredths: Decimal(f"{hundredths}E-2"))


def fixed_shares(parts: list[int]) -> FixedShares:
    """Return terms of shares in proportion to some parts."""
    return FixedShares(tuple(Share(Fraction(part, sum(parts))) for part in parts))


FIRST_DAY: Final = date(1, 1, 3)
LAST_DAY: Final = date(9999, 12, 28)


@st.composite
def scopes(draw: st.DrawFn) -> ReportScope:
    """Return a period of days, whose last is not before its first."""
    last = draw(st.none() | st.dates(FIRST_DAY, LAST_DAY))
    return ReportScope(
        wanted=draw(of_type(OrderFilter)),
        zone=draw(st.sampled_from(["UTC", "Europe/Berlin"])),
        first_day=draw(st.none() | st.dates(FIRST_DAY, last or LAST_DAY)),
        last_day=last,
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Return a report that shows, and is sorted by, columns that it has."""
    things = [item for item in Dimension if item not in TIMES]
    time = draw(st.lists(st.sampled_from(sorted(TIMES)), max_size=1))
    by = [*draw(st.lists(st.sampled_from(things), unique=True)), *time]
    has = st.sampled_from([column.name for column in Report(dimensions=by).available])
    return Report(
        dimensions=by,
        scope=draw(scopes()),
        columns=draw(st.lists(has, unique=True, max_size=4)),
        sort=draw(st.none() | st.builds(ReportSort, has, st.booleans())),
        overall=draw(st.none() | CURRENCIES),
    )


def of_one(result: ReportResult) -> Details:
    """Return details with one result in each place: five would take five times as long."""
    return Details(**dict.fromkeys((item.name for item in attrs.fields(Details)), result))


#: What is not made from the types of its fields alone.
MADE: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: TEXTS,
    int: WHOLE,
    bool: st.booleans(),
    datetime: MOMENTS,
    date: st.dates(),
    Decimal: PERCENTS,
    Money: MONEY,
    Currency: CURRENCIES,
    Share: SHARES,
    Fraction: st.fractions(0, 10**9),
    ReportScope: scopes(),
    Report: reports(),
    Details: st.deferred(lambda: of_type(ReportResult)).map(of_one),
    AttemptReference: ATTEMPTS,
    RefundReference: st.builds(RefundReference, ATTEMPTS, WHOLE),
    AnyShare: SHARES.map(AnyShare),
    FixedShares: st.lists(st.integers(1, 99), min_size=1, max_size=4).map(fixed_shares),
    RecurringTerms: st.builds(
        RecurringTerms,
        cadence=st.builds(Cadence, WHOLE, st.sampled_from(Unit)),
        payments=st.none() | WHOLE,
        first_retry=WAITS,
        second_retry=WAITS,
        zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]),
        on_resume=st.sampled_from(ResumePolicy),
        retry_final_declines=st.booleans(),
    ),
    ReturnReported: st.builds(
        ReturnReported,
        kind=st.sampled_from([RefundKind.EXTERNAL, RefundKind.CHARGEBACK]),
        gateway_id=TEXTS,
        amount=st.builds(Money, WHOLE, CURRENCIES),
    ),
}
#: Whose fields have to agree: what does not is made again.
AGREEING: Final = (Succeeded, OrderFilter, Offer)


@cache
def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Return what makes values of a type."""
    kind = getattr(kind, "__supertype__", kind)
    if kind in MADE:
        return MADE[kind]
    if get_origin(kind) in (tuple, frozenset):
        items = st.lists(of_type(get_args(kind)[0]), max_size=2)
        return items.map(cast("Any", get_origin(kind)))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from([*kind])
    if attrs.has(kind):
        return of_record(kind)
    return st.one_of(
        [st.none() if item is type(None) else of_type(item) for item in get_args(kind)]
    )


def of_record(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Return what makes records of a kind, with or without their defaults."""
    attrs.resolve_types(kind)
    fields = {item.name: of_type(item.type) for item in attrs.fields(kind)}
    if kind not in AGREEING:
        return st.builds(kind, **fields)
    return st.fixed_dictionaries(fields).map(lambda given: agreeing(kind, given))


def agreeing(kind: type[Any], given: dict[str, Any]) -> Any:
    """Return a record, with fewer fields if these don't agree."""
    while True:
        try:
            return kind(**given)
        except InvalidInput as error:
            # Only what is sold in full, and not for nothing, may be a recurring offer.
            field = "recurring" if kind is Offer else error.problems[0].field
            given = {name: value for name, value in given.items() if name != field}
