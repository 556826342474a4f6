"""The checks that records and services make at their edge (rule B1).

Each check returns the `Problem` it finds, or None. `refuse` takes the answers of as many checks as
a record has fields and raises one `InvalidInput` with every problem::

    def __attrs_post_init__(self) -> None:
        refuse(
            checks.text(self.name, "name"),
            checks.money(self.unit_price, "unit_price"),
            checks.optional(checks.whole, self.limit, "limit", least=1),
        )
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ordersales.errors import InvalidInput, Problem
from ordersales.values.currency import Currency
from ordersales.values.money import MOST_MINOR, Money

#: The largest whole number a store keeps: 64 bits with a sign.
MOST_WHOLE: Final = MOST_MINOR

#: What the keys begin with that this library gives to payments it starts by itself (rule C5).
OWN_KEYS: Final = "ordersales:"

# Control characters break logs, files and PostgreSQL (NUL); half a surrogate pair is no text.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_BUT_LINES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def refuse(*found: Problem | None) -> None:
    """Raise one error with every problem that was found, or return if there is none.

    >>> refuse(text("Ada", "name"), whole(3, "quantity"))

    Raises:
        InvalidInput: with all the problems, in the order of the checks.
    """
    if any(found):
        raise InvalidInput(tuple(problem for problem in found if problem is not None))


def text(
    value: object,
    field: str,
    *,
    max_length: int = 200,
    empty: bool = False,
    lines: bool = False,
) -> Problem | None:
    r"""Check that `value` is a str of at most `max_length` characters that can be shown.

    Blank text is refused unless `empty`; tabs and line breaks are unless `lines`, for comments.

    >>> text("Ada", "name")
    >>> print(text("\0", "name"))
    name: '\x00' was given; allowed is text of 1 to 200 characters, without control characters
    """
    if (
        type(value) is str
        and len(value) <= max_length
        and (empty or value.strip())
        and not (_UNFIT_BUT_LINES if lines else _UNFIT).search(value)
    ):
        return None
    controls = "other control characters than line breaks" if lines else "control characters"
    allowed = f"text of {0 if empty else 1} to {max_length} characters, without {controls}"
    return Problem.of(field, value, allowed)


def key(value: object, field: str = "key") -> Problem | None:
    """Check that `value` is a key of the host's: text that is none of this library's own keys.

    >>> print(key("ordersales:17.3"))
    key: 'ordersales:17.3' was given; allowed is text that does not begin with 'ordersales:'
    """
    problem = text(value, field)
    if problem is None and str(value).startswith(OWN_KEYS):
        return Problem.of(field, value, f"text that does not begin with {OWN_KEYS!r}")
    return problem


def whole(value: object, field: str, *, least: int = 0, most: int = MOST_WHOLE) -> Problem | None:
    """Check that `value` is an int from `least` to `most`; a bool or float is not one.

    >>> print(whole(0, "quantity", least=1, most=9))
    quantity: 0 was given; allowed is a whole number from 1 to 9
    """
    if type(value) is int and least <= value <= most:
        return None
    return Problem.of(field, value, f"a whole number from {least} to {most}")


def flag(value: object, field: str) -> Problem | None:
    """Check that `value` is True or False, not something that is merely true.

    >>> print(flag(1, "one_click"))
    one_click: 1 was given; allowed is True or False
    """
    return None if type(value) is bool else Problem.of(field, value, "True or False")


def money(
    value: object, field: str, *, least: int = 0, currency: Currency | None = None
) -> Problem | None:
    """Check that `value` is money of at least `least` minor units, of `currency` if one is given.

    With ``least=1`` it has to be positive; a store keeps at most 64 bits of minor units.

    >>> print(money(Money.of(-5, "EUR"), "unit_price"))
    unit_price: Money.of('-5.00', 'EUR') was given; allowed is money of at least 0.00 EUR
    """
    if type(value) is not Money:
        return Problem.of(field, value, "a Money, as Money.of('12.34', 'EUR') gives")
    if currency is not None and value.currency != currency:
        return Problem.of(field, value, f"money in {currency.code}")
    if value.minor < least:
        return Problem.of(field, value, f"money of at least {Money(least, value.currency)}")
    if value.minor > MOST_MINOR:
        return Problem.of(field, value, f"money of at most {Money(MOST_MINOR, value.currency)}")
    return None


def moment(value: object, field: str) -> Problem | None:
    """Check that `value` is a datetime that knows its time zone.

    >>> print(moment(datetime(2026, 1, 31, 12), "placed_at"))
    placed_at: datetime.datetime(2026, 1, 31, 12, 0) was given; allowed is a datetime with tzinfo
    """
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return None
    return Problem.of(field, value, "a datetime with tzinfo")


def duration(value: object, field: str, *, least: timedelta, most: timedelta) -> Problem | None:
    """Check that `value` is a timedelta of whole seconds from `least` to `most`.

    >>> hour, day = timedelta(hours=1), timedelta(days=1)
    >>> print(duration(timedelta(0), "first_retry", least=hour, most=day))
    first_retry: datetime.timedelta(0) was given; allowed is a timedelta of whole seconds from 1:00:00 to 1 day, 0:00:00
    """
    if type(value) is timedelta and least <= value <= most and not value.microseconds:
        return None
    return Problem.of(field, value, f"a timedelta of whole seconds from {least} to {most}")


def instance(value: object, field: str, kind: type) -> Problem | None:
    """Check that `value` is an instance of `kind`.

    >>> print(instance("EUR", "currency", Currency))
    currency: 'EUR' was given; allowed is an instance of Currency
    """
    return (
        None
        if isinstance(value, kind)
        else Problem.of(field, value, f"an instance of {kind.__name__}")
    )


def optional(
    check: Callable[..., Problem | None], value: object, field: str, **limits: object
) -> Problem | None:
    """Run `check` with its `limits` unless `value` is None.

    >>> optional(whole, None, "limit", least=1)
    """
    return None if value is None else check(value, field, **limits)
