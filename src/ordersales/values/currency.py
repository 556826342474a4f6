"""Currencies: which there are, and how many decimals each has."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from threading import Lock
from typing import Final, final

from attrs import frozen

from ordersales.errors import InvalidInput, Problem
from ordersales.values.iso4217 import CODES_BY_EXPONENT

_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{2,11}")
_MOST_DECIMALS: Final = 18


@final
@frozen
class Currency:
    """A currency: its code and its number of decimals (rule T9).

    Ask for one with `Currency.of`, which gives the same object for the same code every time.
    Making one by hand is checked as well: a known code can't have other decimals, since an
    amount read with the wrong ones is wrong by a factor of ten or more.

    >>> Currency.of("KWD")
    Currency(code='KWD', exponent=3)

    Raises:
        InvalidInput: the code or the exponent is malformed, or contradicts a known currency.
    """

    #: Its ISO 4217 code, or the code the host registered: 3 to 12 of A-Z and 0-9.
    code: str
    #: How many decimals its amounts have: EUR 2, JPY 0, KWD 3.
    exponent: int

    def __attrs_post_init__(self) -> None:
        """Refuse what is malformed, and other decimals for a known code."""
        InvalidInput.unless_empty(_problems(self.code, self.exponent))
        known = _known.get(self.code)
        if known is not None and known.exponent != self.exponent:
            raise InvalidInput.of(
                "exponent", self.exponent, f"{known.exponent}, the decimals of {self.code}"
            )

    @classmethod
    def of(cls, code: str | Currency) -> Currency:
        """Return the currency with that `code`; a `Currency` is returned as it is.

        It is looked up in ISO 4217 as of 2026-01-01, without the codes that have no minor unit
        (XAU, XAG, XDR, XXX and the like), and among those given to `register_currency`.

        >>> Currency.of("EUR") is Currency.of("EUR")
        True

        Raises:
            InvalidInput: there is no such currency; it names similar codes (rule B1).
        """
        found = _find(code)
        if found is None:
            raise InvalidInput.of("currency", code, _allowed(code))
        return found

    @property
    def scale(self) -> int:
        """How many minor units make one whole: 100 for EUR, 1 for JPY."""
        return _SCALES[self.exponent]

    def __str__(self) -> str:
        """Return the code."""
        return self.code

    def __reduce__(self) -> tuple[Callable[[str, int], Currency], tuple[str, int]]:
        """Pickle and copy to the one object there is for a code, where it is registered."""
        return _restore, (self.code, self.exponent)


def register_currency(code: str, exponent: int) -> Currency:
    """Make a currency known that ISO 4217 lacks, and return it.

    Use it for loyalty points, tokens, or a currency newer than the table; `exponent` is its
    number of decimals, 0 to 18. Call it when the host starts, from any thread. Registering
    the same again changes nothing.

    >>> register_currency("MILES", 0) is Currency.of("MILES")
    True

    Raises:
        InvalidInput: the code or exponent is malformed, or the code has other decimals (rule B1).
    """
    with _registering:
        return _known.setdefault(code, Currency(code, exponent))


def _problems(code: object, exponent: object) -> list[Problem]:
    found: list[Problem] = []
    if type(code) is not str or not _CODE.fullmatch(code):
        allowed = "3 to 12 characters of A-Z and 0-9, the first of them a letter"
        found.append(Problem.of("code", code, allowed))
    if type(exponent) is not int or not 0 <= exponent <= _MOST_DECIMALS:
        allowed = f"a whole number of decimals from 0 to {_MOST_DECIMALS}"
        found.append(Problem.of("exponent", exponent, allowed))
    return found


def _find(code: object) -> Currency | None:
    if type(code) is Currency:
        return code
    return _known.get(code) if isinstance(code, str) else None


def _allowed(code: object) -> str:
    """Say what would have been accepted in place of `code`."""
    allowed = (
        "the ISO 4217 code of a currency with minor units, such as 'EUR', "
        "or one made known by register_currency(code, exponent)"
    )
    # Cut, since matching takes quadratic time and the text may come from anywhere.
    similar = get_close_matches(str(code)[:12].upper(), sorted(_known))
    return f"{allowed}; did you mean {' or '.join(similar)}?" if similar else allowed


def _restore(code: str, exponent: int) -> Currency:
    made = Currency(code, exponent)
    return _known.get(code, made)


_SCALES: Final[tuple[int, ...]] = tuple(10**exponent for exponent in range(_MOST_DECIMALS + 1))
_registering: Final = Lock()
# Filled in two steps because making a currency already looks here.
_known: Final[dict[str, Currency]] = {}
_known.update(
    (code, Currency(code, exponent))
    for exponent, codes in CODES_BY_EXPONENT.items()
    for code in codes.split()
)
