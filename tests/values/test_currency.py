"""Currencies: the ISO table, the host's own, and one object for each."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import iso4217
import pytest

from ordersales.errors import InvalidInput, Problem
from ordersales.values.currency import Currency, register_currency
from ordersales.values.iso4217 import CODES_BY_EXPONENT

ALLOWED = (
    "the ISO 4217 code of a currency with minor units, such as 'EUR', "
    "or one made known by register_currency(code, exponent)"
)
CODE_ALLOWED = "3 to 12 characters of A-Z and 0-9, the first of them a letter"
EXPONENT_ALLOWED = "a whole number of decimals from 0 to 18"


def test_table_is_the_official_one() -> None:
    """Every official code that has an exponent is in the table with that exponent, and no other."""
    official = {one.code: one.exponent for one in iso4217.Currency if one.exponent is not None}
    listed = [(code, exp) for exp, codes in CODES_BY_EXPONENT.items() for code in codes.split()]

    assert official == dict(listed)
    assert len(official) == len(listed)


@pytest.mark.parametrize(
    ("code", "exponent", "scale"),
    [("JPY", 0, 1), ("EUR", 2, 100), ("KWD", 3, 1_000), ("CLF", 4, 10_000)],
)
def test_known_code(code: str, exponent: int, scale: int) -> None:
    """A known code gives a currency with its decimals and its number of minor units."""
    currency = Currency.of(code)

    assert (code, exponent, scale) == (currency.code, currency.exponent, currency.scale)
    assert code == str(currency)


def test_one_object_for_each_code() -> None:
    """The same code gives the same object, and a currency gives itself."""
    assert Currency.of("EUR") is Currency.of("EUR")
    assert Currency.of(Currency.of("EUR")) is Currency.of("EUR")
    assert Currency.of("EUR") != Currency.of("USD")


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("given", "shown", "hint"),
    [
        ("EURO", "'EURO'", "; did you mean EUR?"),
        ("usd", "'usd'", "; did you mean USD or UZS or USN?"),
        ("", "''", ""),
        ("??", "'??'", ""),
        (None, "None", ""),
        (978, "978", ""),
        (["EUR"], "['EUR']", "; did you mean EUR?"),
        ("XQQQQQQQQQQQUSD", "'XQQQQQQQQQQQUSD'", ""),
    ],
    ids=["typo", "small", "empty", "signs", "none", "int", "list", "long"],
)
def test_unknown_code(given: str, shown: str, hint: str) -> None:
    """An unknown code is refused with what is allowed, a hint, and similar codes if any."""
    with pytest.raises(InvalidInput) as caught:
        Currency.of(given)

    assert (Problem("currency", shown, ALLOWED + hint),) == caught.value.problems


@pytest.mark.parametrize(
    "code", [one.code for one in iso4217.Currency if one.exponent is None] + ["XYZ"]
)
def test_code_without_minor_unit(code: str) -> None:
    """Metals, bond units, tests and no currency are not money that one can charge."""
    with pytest.raises(InvalidInput):
        Currency.of(code)


@pytest.mark.rule("B1")
def test_similar_codes_look_at_a_limited_part() -> None:
    """Only the first twelve characters are compared, so that long text costs no more."""
    register_currency("QJWVQJZZ", 0)

    with pytest.raises(InvalidInput) as caught:
        # Six of eight and twelve characters agree, just enough; a thirteenth would be too many.
        Currency.of("QJWVQJ" + "1" * 70)

    assert f"{ALLOWED}; did you mean QJWVQJZZ?" == caught.value.problems[0].allowed


def test_register() -> None:
    """A registered code is found again; registering the same again gives the same object."""
    points = register_currency("POINTS", 1)

    assert ("POINTS", 1, 10) == (points.code, points.exponent, points.scale)
    assert points is Currency.of("POINTS")
    assert points is register_currency("POINTS", 1)
    assert Currency.of("EUR") is register_currency("EUR", 2)


def test_register_from_many_threads() -> None:
    """Threads that register one code at once all get one object."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(register_currency, ["THREADS"] * 200, [2] * 200))

    assert {id(Currency.of("THREADS"))} == set(map(id, made))


@pytest.mark.rule("B1")
def test_register_other_decimals() -> None:
    """A known code keeps its decimals, whether it is registered or made by hand."""
    for make in (register_currency, Currency):
        with pytest.raises(InvalidInput) as caught:
            make("EUR", 3)

        assert (Problem("exponent", "3", "2, the decimals of EUR"),) == caught.value.problems
    assert Currency.of("EUR").exponent == 2


@pytest.mark.parametrize(
    ("code", "exponent"),
    [("AB1", 0), ("A23456789012", 18)],
    ids=["shortest", "longest"],
)
def test_limits_of_code_and_exponent(code: str, exponent: int) -> None:
    """Codes of 3 to 12 characters and 0 to 18 decimals are accepted."""
    registered = register_currency(code, exponent)

    assert Currency(code, exponent) == registered
    assert 10**exponent == registered.scale


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "code",
    ["AB", "A234567890123", "1AB", "abc", "A-B", "EUR\n", "ÄBC", None, 5],
)
def test_malformed_code(code: str) -> None:
    """A code that is not 3 to 12 of A-Z and 0-9 from a letter on is refused."""
    with pytest.raises(InvalidInput) as caught:
        register_currency(code, 2)

    assert (Problem("code", repr(code), CODE_ALLOWED),) == caught.value.problems


@pytest.mark.rule("B1")
@pytest.mark.parametrize("exponent", [-1, 19, True, 2.0, "2", None])
def test_malformed_exponent(exponent: int) -> None:
    """An exponent that is not an int from 0 to 18 is refused."""
    with pytest.raises(InvalidInput) as caught:
        register_currency("MALFORMED", exponent)

    assert (Problem("exponent", repr(exponent), EXPONENT_ALLOWED),) == caught.value.problems


@pytest.mark.rule("B1")
def test_both_malformed() -> None:
    """Code and exponent are reported together."""
    with pytest.raises(InvalidInput) as caught:
        Currency("x", 99)

    expected = (
        Problem("code", "'x'", CODE_ALLOWED),
        Problem("exponent", "99", EXPONENT_ALLOWED),
    )
    assert expected == caught.value.problems


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_gives_the_one_object(protocol: int) -> None:
    """A known currency that was pickled comes back as the one object there is."""
    euro = Currency.of("EUR")

    assert euro is pickle.loads(pickle.dumps(euro, protocol))


def test_copies_are_the_one_object() -> None:
    """Copying a known currency, also deeply, gives the one object there is."""
    euro = Currency.of("EUR")

    assert euro is copy.copy(euro)
    assert euro is copy.deepcopy(euro)


def test_pickle_of_an_unregistered_one() -> None:
    """A currency nobody registered comes back equal, and stays unknown."""
    tokens = Currency("TOKENS", 18)

    assert tokens == pickle.loads(pickle.dumps(tokens))
    with pytest.raises(InvalidInput):
        Currency.of("TOKENS")
