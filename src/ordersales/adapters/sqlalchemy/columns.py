"""The kinds of columns that the tables are made of, alike in every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from ordersales.values.moment import utc


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: a timestamp with time zone, or in SQLite the text of one without.

    SQLite keeps no zone. Its text always has the same length, so that it sorts as time does.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    def bind_processor(self, dialect: Dialect) -> Callable[..., Any]:
        """Return what makes of a moment what is handed to the driver."""
        return _without_zone if dialect.name == "sqlite" else _with_zone

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what the driver found, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _with_zone(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment, "moment")


@lru_cache(maxsize=256)
def _without_zone(moment: datetime | None) -> str | None:
    """Return the text of a moment; in one row the same one often stands several times."""
    if moment is None:
        return None
    return utc(moment, "moment").replace(tzinfo=None).isoformat(" ", "microseconds")


#: A serial number, an amount in minor units, or a version: 64 bits with a sign.
Whole: Final[TypeEngine[int]] = BigInteger()
#: A number that the database counts up by itself; SQLite does so with this type alone.
Counted: Final[TypeEngine[int]] = BigInteger().with_variant(Integer, "sqlite")
#: Text that is compared by its code points, as `ordersales.rules.sorting` does: SQLite does so by
#: itself, PostgreSQL when it is told not to use the language of the database.
Words: Final[TypeEngine[str]] = String().with_variant(String(collation="C"), "postgresql")
#: A record, written by `ordersales.wire` as JSON. It is text and no JSONB, because PostgreSQL
#: refuses there what the words of a payment system may hold (NUL), and because nothing is
#: searched in it: what is searched has a column.
Document: Final[TypeEngine[str]] = Text()
