"""Facts as Parquet files in a folder: written as they change, read by any engine (rule T6).

Each account has a folder, and in it one for each month in which payments were paid. What changed is
added in new files, whose orders stand in for what earlier files hold of them; now and then all is
put together again. The account's manifest says which files count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote, unquote

import attrs

from ordersales.adapters.ibis import manifest as manifests
from ordersales.adapters.ibis.manifest import Manifest, Part
from ordersales.adapters.ibis.reading import Files, standing, superseded
from ordersales.adapters.ibis.schema import SCHEMA, table_of
from ordersales.adapters.ibis.untyped import Connection, Table, ibis, parquet
from ordersales.errors import Conflict
from ordersales.reports.exported import FIELDS, Row
from ordersales.reports.facts import moment_of

#: Files are put together when the fresh ones hold so many facts, and a quarter of those that are
#: settled; or when there are so many fresh ones.
SETTLE_FACTS: Final = 100_000
SETTLE_FILES: Final = 200

_PAID: Final = FIELDS.index("paid")
_PREFIX: Final = "account="


class Lake:
    """A folder of facts, of one account or many.

    Any number of processes may read it; one at a time may write to an account.

    Args:
        folder: Where it is, or is to be.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        """Read nothing yet."""
        self._folder = Path(folder)

    def accounts(self) -> tuple[str, ...]:
        """Return the accounts that it holds facts of."""
        found = sorted(self._folder.glob(f"{_PREFIX}*/{manifests.NAME}"))
        return tuple(unquote(item.parent.name.removeprefix(_PREFIX)) for item in found)

    def manifest(self, account: str) -> Manifest:
        """Return which files of an account count, and up to which event they tell."""
        return manifests.read(self._home(account), account)

    def files(self) -> Files:
        """Return the files that count now: for engines that Ibis does not know."""
        told = [self.manifest(account) for account in self.accounts()]
        return Files(
            settled=tuple(path for item in told for path in self._paths(item, item.settled)),
            fresh=tuple(path for item in told for path in self._paths(item, item.fresh)),
        )

    def table(self, connection: Connection) -> Table:
        """Return the facts of all accounts, as they were last written.

        Args:
            connection: An Ibis connection that reads Parquet: DuckDB, polars, PySpark.
        """
        files = self.files()
        return standing(connection, files, files.fresh)

    def add(self, account: str, rows: Iterable[Row], position: int) -> None:
        """Add the facts of orders as they are now, read up to a position of the history.

        They stand in for all that is there of these orders. After it they are read, or, where it
        fails at any point, nothing is.

        Raises:
            InvalidInput: An amount is too large for 64 bits.
            Conflict: Somebody else has written to the account meanwhile.
        """
        before = self.manifest(account)
        by_month = defaultdict[str, list[Row]](list)
        for row in rows:
            by_month[_month(row)].append(row)
        parts = [self._written(before, month, by_month[month]) for month in sorted(by_month)]
        self._put(before, before.followed(position, (*before.parts, *parts), ()))

    def settle(self, account: str) -> None:
        """Put the account's files together, each order as it was last written, once.

        What nothing has changed in stays as it is. The files that it replaces are kept until
        something is written again, for those who are reading them.

        Raises:
            Conflict: Somebody else has written to the account meanwhile.
        """
        before = self.manifest(account)
        if not before.fresh:
            return
        connection = ibis.duckdb.connect()
        try:
            touched = self._touched(connection, before)
            parts = [self._settled(connection, before, month) for month in sorted(touched)]
        finally:
            connection.disconnect()
        kept = [part for part in before.parts if part.month not in touched]
        retired = [part.path for part in before.parts if part.month in touched]
        whole = [part for part in parts if part.rows]
        self._put(before, before.followed(before.position, (*kept, *whole), retired))

    def settle_if_due(self, account: str) -> None:
        """Put the files together if reading them has become slow."""
        told = self.manifest(account)
        fresh = sum(part.rows for part in told.fresh)
        settled = sum(part.rows for part in told.settled)
        if len(told.fresh) >= SETTLE_FILES or fresh >= max(SETTLE_FACTS, settled // 4):
            self.settle(account)

    def _home(self, account: str) -> Path:
        return self._folder / f"{_PREFIX}{quote(account, safe='')}"

    def _paths(self, told: Manifest, parts: Iterable[Part]) -> list[Path]:
        return [self._home(told.account) / part.path for part in parts]

    def _written(self, before: Manifest, month: str, rows: Sequence[Row]) -> Part:
        """Write a fresh file of one month."""
        step = before.step + 1
        part = Part(path=_path(month, step), month=month, rows=len(rows), step=step, settled=False)
        place, beside = self._places(before, part)
        parquet.write_table(table_of(rows, step), beside)
        manifests.put(beside, place)
        return part

    def _touched(self, connection: Connection, before: Manifest) -> set[str]:
        """Return the months that fresh files have facts of, or stand in for facts of."""
        months, fresh = {part.month for part in before.fresh}, self._paths(before, before.fresh)
        for part in before.settled:
            if part.month not in months:
                (path,) = self._paths(before, [part])
                if superseded(connection, path, fresh):
                    months.add(part.month)
        return months

    def _settled(self, connection: Connection, before: Manifest, month: str) -> Part:
        """Write the one file of a month."""
        step = before.step + 1
        files = Files(
            tuple(self._paths(before, (part for part in before.settled if part.month == month))),
            tuple(self._paths(before, (part for part in before.fresh if part.month == month))),
        )
        facts = standing(connection, files, self._paths(before, before.fresh))
        part = Part(path=_path(month, step), month=month, rows=0, step=step, settled=True)
        place, beside = self._places(before, part)
        facts.select(SCHEMA.names).to_parquet(beside)
        manifests.put(beside, place)
        return attrs.evolve(part, rows=parquet.read_metadata(place).num_rows)

    def _places(self, told: Manifest, part: Part) -> tuple[Path, Path]:
        """Return where a file is to be, and where it is written before."""
        (place,) = self._paths(told, [part])
        place.parent.mkdir(parents=True, exist_ok=True)
        return place, place.with_name(f".{place.name}.part")

    def _put(self, before: Manifest, after: Manifest) -> None:
        """Replace the manifest, and remove what it does not name."""
        home = self._home(after.account)
        if self.manifest(after.account) != before:
            raise Conflict(f"the facts of {after.account}")
        home.mkdir(parents=True, exist_ok=True)
        manifests.write(home, after)
        for path in home.glob("month=*/*"):
            if path.relative_to(home).as_posix() not in after.named:
                path.unlink(missing_ok=True)


def _path(month: str, step: int) -> str:
    return f"month={month}/{step:08}.parquet"


def _month(row: Row) -> str:
    paid = moment_of(cast("int", row[_PAID]))
    return f"{paid.year:04}-{paid.month:02}"
