"""Values as plain data and back: each a pair of functions, strict on the way in.

What is read has to be as it is written: a number in quotes is no number. Each reader takes the
plain value and, as cattrs wants it, the type that is expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final

from attrs import frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.models.refund import RefundReference
from ordersales.values.currency import Currency
from ordersales.values.identifiers import AttemptReference
from ordersales.values.moment import utc
from ordersales.values.money import Money
from ordersales.values.share import Share

_SECOND: Final = timedelta(seconds=1)
_MOST_SECONDS: Final = timedelta.max // _SECOND

_FRACTION: Final = re.compile("([0-9]{1,1000})/([0-9]{1,1000})")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL: Final = re.compile("-?[0-9]{1,100}(?:[.][0-9]{1,100})?")


@frozen
class Form:
    """How values of one type are written and read."""

    #: None for what is plain already.
    write: Callable[[Any], object] | None
    read: Callable[[Any, object], object]


def _refused(value: object, allowed: str) -> InvalidInput:
    # The field is put in front by whoever reads the record around it.
    return InvalidInput.of("", value, allowed)


def is_object(value: object) -> bool:
    """Tell whether a plain value is what JSON calls an object."""
    return type(value) is dict


def is_list(value: object) -> bool:
    """Tell whether a plain value is a list."""
    return type(value) is list


def read_text(value: object, _: object) -> object:
    """Return text."""
    if type(value) is str:
        return value
    raise _refused(value, "text")


def read_whole(value: object, _: object) -> object:
    """Return a whole number."""
    if type(value) is int:
        return value
    raise _refused(value, "a whole number")


def read_flag(value: object, _: object) -> object:
    """Return true or false."""
    if type(value) is bool:
        return value
    raise _refused(value, "true or false")


def read_enum(value: Any, kind: Any) -> object:
    """Return the member of an enum that has a value."""
    try:
        return members(kind)[value]
    except (KeyError, TypeError):
        raise _refused(value, ", ".join(kind)) from None


@cache
def members(kind: type[StrEnum]) -> dict[str, StrEnum]:
    """Return the members of an enum by their values."""
    return {member.value: member for member in kind}


def write_money(money: Money) -> object:
    """Return an amount in its smallest unit, with the currency's code."""
    return {"minor": money.minor, "currency": money.currency.code}


def read_money(value: Any, _: object) -> Money:
    """Return money."""
    try:
        money = _money(value["minor"], value["currency"])
    except (InvalidInput, KeyError, TypeError):
        raise _no_money(value) from None
    if len(value) != len(_MONEY):
        raise _no_money(value)
    return money


@lru_cache(maxsize=4096, typed=True)
def _money(minor: int, code: str) -> Money:
    """Return money; the same amounts come again and again."""
    return Money(minor, Currency.of(code))


def _no_money(value: Any) -> InvalidInput:
    """Return all that is wrong with what should be money."""
    if not is_object(value) or value.keys() != _MONEY.keys():
        return _refused(value, 'an object {"minor": whole number, "currency": code}')
    problems: list[Problem] = []
    for name, read in _MONEY.items():
        try:
            read(value[name], None)
        except InvalidInput as error:
            problems += under(name, error)
    return InvalidInput(tuple(problems))


def read_currency(value: Any, _: object) -> Currency:
    """Return the currency of a code."""
    read_text(value, None)
    try:
        return Currency.of(value)
    except InvalidInput as error:
        raise _refused(value, error.problems[0].allowed) from None


#: What is written of money, and how each part of it is read.
_MONEY: Final = {"minor": read_whole, "currency": read_currency}


def write_share(share: Share) -> object:
    """Return a share as a fraction in lowest terms."""
    return write_fraction(share.fraction)


def read_share(value: Any, _: object) -> Share:
    """Return a share."""
    return Share(read_fraction(value, None))


def write_fraction(fraction: Fraction) -> object:
    """Return a fraction, such as a rate, in lowest terms."""
    return f"{fraction.numerator}/{fraction.denominator}"


def read_fraction(value: Any, _: object) -> Fraction:
    """Return a fraction that is not negative."""
    read = _FRACTION.fullmatch(value) if type(value) is str else None
    if read is None or not int(read[2]):
        raise _refused(value, "a fraction as numerator/denominator, as in '1/3'")
    return Fraction(int(read[1]), int(read[2]))


@lru_cache(maxsize=256)
def write_moment(moment: datetime) -> str:
    """Return a moment by ISO 8601, in UTC."""
    return f"{utc(moment, 'moment').isoformat()[:-6]}Z"


def read_moment(value: Any, _: object) -> datetime:
    """Return a moment in UTC; it may be written with another offset."""
    try:
        return moment(value)
    except (InvalidInput, TypeError, ValueError):
        allowed = "a moment by ISO 8601 with its offset, as in '2026-01-31T12:00:00Z'"
        raise _refused(value, allowed) from None


@lru_cache(maxsize=256)
def moment(text: str) -> datetime:
    """Return a moment in UTC; in one record the same one often stands several times."""
    return utc(datetime.fromisoformat(text), "")


def write_day(day: date) -> object:
    """Return a day of the calendar by ISO 8601."""
    return day.isoformat()


def read_day(value: Any, _: object) -> date:
    """Return a day of the calendar."""
    if type(value) is str and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _refused(value, "a day of the calendar, as in '2026-01-31'")


def write_duration(value: timedelta) -> int:
    """Return whole seconds."""
    return value // _SECOND


def read_duration(value: Any, _: object) -> timedelta:
    """Return a length of time, written as whole seconds."""
    if type(value) is int and abs(value) <= _MOST_SECONDS:
        return timedelta(seconds=value)
    raise _refused(value, "a length of time in whole seconds")


def read_decimal(value: Any, _: object) -> Decimal:
    """Return a decimal number; it is written in quotes, so that no reader makes it a float."""
    if type(value) is str and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise _refused(value, "a decimal number in quotes, as in '33.33'")


def read_attempt(value: Any, _: object) -> AttemptReference:
    """Return the reference of an attempt."""
    try:
        return AttemptReference.parse(value)
    except InvalidInput as error:
        raise _refused(value, error.problems[0].allowed) from None


def read_refund(value: Any, _: object) -> RefundReference:
    """Return the reference of a refund."""
    try:
        return RefundReference.parse(value)
    except InvalidInput as error:
        raise _refused(value, error.problems[0].allowed) from None


def under(name: str, error: InvalidInput) -> list[Problem]:
    """Return the problems of a value with the name of the field that it is in."""
    return [
        Problem(
            f"{name}.{problem.field}" if problem.field else name, problem.given, problem.allowed
        )
        for problem in error.problems
    ]


#: How each type of value is written and read.
FORMS: Final[dict[type, Form]] = {
    # An enum's member may stand where text is asked for.
    str: Form(str, read_text),
    int: Form(None, read_whole),
    bool: Form(None, read_flag),
    # `value` would be slower: it is made for enums with a member of that name.
    StrEnum: Form(attrgetter("_value_"), read_enum),
    Money: Form(write_money, read_money),
    Currency: Form(str, read_currency),
    Share: Form(write_share, read_share),
    Fraction: Form(write_fraction, read_fraction),
    date: Form(write_day, read_day),
    datetime: Form(write_moment, read_moment),
    timedelta: Form(write_duration, read_duration),
    Decimal: Form(str, read_decimal),
    AttemptReference: Form(str, read_attempt),
    RefundReference: Form(str, read_refund),
}
