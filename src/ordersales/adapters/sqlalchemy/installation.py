"""The installation mark as one transaction sees it; the contract is that of `ordersales.ports`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, Update, bindparam, select

from ordersales.adapters.sqlalchemy.dialects import insert_into, unless_there
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.installation import Gap, Mark

#: What the row says of its store.
_CARRIED: Final = ("mark", "lost_since", "lost_until")


class InstallationStatements:
    """What is asked of the one row that all accounts share; it is written when it is needed."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        """Ask this table."""
        house = tables.installation.c
        one = insert_into(dialect, tables.installation)
        carried: dict[str, Any] = {name: bindparam(name) for name in _CARRIED}
        self.mark: Select[*tuple[Any, ...]] = select(house.mark, house.lost_since, house.lost_until)
        self.replace: Update = (
            tables.installation.update()
            .values(carried)
            .where(house.mark.is_not_distinct_from(bindparam("replacing", type_=house.mark.type)))
        )
        self.begin: Any = unless_there(dialect, tables.installation, one=1, skipped=0, **carried)
        self.skip: Any = one.values(
            one=1, mark=None, skipped=bindparam("count")
        ).on_conflict_do_update(
            index_elements=["one"], set_={"skipped": house.skipped + one.excluded.skipped}
        )


class SqlInstallation:
    """Which installation may charge from here."""

    def __init__(self, line: Line, statements: InstallationStatements) -> None:
        """Read and write through a transaction's line."""
        self._line = line
        self._ask = statements

    def mark(self) -> Mark:
        """Return the mark."""
        row = self._line.run(self._ask.mark).one_or_none()
        if row is None or row.lost_since is None:
            return Mark(None if row is None else row.mark)
        return Mark(row.mark, Gap(since=row.lost_since, until=row.lost_until))

    def adopt(self, mark: Mark, *, replacing: str | None) -> None:
        """Write another mark."""
        gap = mark.gap
        lost = (None, None) if gap is None else (gap.since, gap.until)
        values: dict[str, Any] = dict(zip(_CARRIED, (mark.name, *lost), strict=True))
        if self._line.run(self._ask.replace, values | {"replacing": replacing}).rowcount == 1:
            return
        # Without the row, the store carries no mark.
        if replacing is None and self._line.run(self._ask.begin, values).rowcount == 1:
            return
        raise self._line.conflict("the installation mark")

    def skip_numbers(self, count: int) -> None:
        """Write that numbers are left out."""
        self._line.run(self._ask.skip, {"count": count})
