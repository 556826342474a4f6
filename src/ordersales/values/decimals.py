"""Exact numbers as hosts write them: text, whole numbers and decimals, never floats."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from ordersales.errors import InvalidInput

# What Decimal accepts, less what is no amount (NaN, Infinity) and what it forgives without
# asking: surrounding blanks, underscores, digits of other scripts.
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_MOST_DIGITS: Final = 100
# Sign, digits on both sides of the point, exponent: longer text is refused unread.
_LONGEST: Final = 210
_ALLOWED: Final = (
    "a number as text, int or Decimal, with a point and without blanks or separators: '1234.50'"
)
_NOT_A_FLOAT: Final = (
    "a number as text, int or Decimal: a float is not exact (0.1 + 0.2 is 0.30000000000000004), "
    "so write '12.34' in quotes"
)


def exact(given: object, field: str) -> Decimal:
    """Return the number in `given`, which may be text, an int or a Decimal, unchanged.

    >>> exact("12.50", "amount")
    Decimal('12.50')

    Raises:
        InvalidInput: a float, a bool, malformed text, NaN, Infinity, or a number with more than
            100 digits before or after the point (rule B1).
    """
    number = _read(given)
    if number is None:
        allowed = _NOT_A_FLOAT if isinstance(given, float) else _ALLOWED
        raise InvalidInput.of(field, given, allowed)
    # Refuse '1e999999' before anybody multiplies it out. A finite number's exponent is an int,
    # which its type does not say.
    finest = int(number.as_tuple().exponent)
    if number.adjusted() >= _MOST_DIGITS or finest < -_MOST_DIGITS:
        allowed = f"a number with at most {_MOST_DIGITS} digits before and after the point"
        raise InvalidInput.of(field, number, allowed)
    return number


def _read(given: object) -> Decimal | None:
    if type(given) is int or (isinstance(given, str) and _is_number(given)):
        return Decimal(given)
    return given if isinstance(given, Decimal) and given.is_finite() else None


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST and _NUMBER.fullmatch(text) is not None
