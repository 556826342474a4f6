"""The database that a command is told to look into."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ordersales.ports.storage import Store

_NEEDS: Final = 'python -m pip install "ordersales[{}]"'
#: The first words of addresses that leave the driver to us.
_POSTGRES: Final = ("postgresql://", "postgres://")
_PSYCOPG: Final = "postgresql+psycopg://"
_ALLOWED: Final = "the file of a SQLite database, or an address: sqlite:///... or postgresql://..."


class WrongOption(Exception):
    """What was given with an option can't be used; the message says why."""

    def __init__(self, option: str, why: str) -> None:
        """Say it as argparse does."""
        super().__init__(f"argument {option}: {why}")


@contextmanager
def opened(place: str) -> Generator[Store]:
    """Open the shop that is kept in a file, or at an address.

    Raises:
        WrongOption: There is none, or what it takes to read it is not installed.
    """
    try:
        import sqlalchemy.exc  # noqa: PLC0415 - an extra brings it; without it, the option is refused

        from ordersales.adapters import sqlalchemy as sql  # noqa: PLC0415 - it imports the extra
    except ImportError:
        raise _missing("sqlalchemy") from None
    try:
        url = sqlalchemy.make_url(_address(place))
        if url.get_backend_name() == "sqlite":
            engine = sql.sqlite_engine(_there(url.database))
        elif url.get_backend_name() == "postgresql":
            engine = sqlalchemy.create_engine(url)
        else:
            raise _unreadable()
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError, ValueError):
        raise _unreadable() from None
    except ImportError:
        raise _missing("postgres") from None
    try:
        yield sql.SqlStore(engine)
    finally:
        engine.dispose()


def _address(place: str) -> str:
    for begins in _POSTGRES:
        if place.startswith(begins):
            return _PSYCOPG + place.removeprefix(begins)
    return place if "://" in place else f"sqlite:///{place}"


def _there(file: str | None) -> Path:
    """Return the path of a file, which is never made."""
    path = Path(file or "")
    if not path.is_file():
        raise WrongOption("--db", f"{str(path)!r} was given; there is no such file")
    return path


def _unreadable() -> WrongOption:
    # What was given is not repeated: an address may hold a password.
    return WrongOption("--db", f"it can't be read; allowed is {_ALLOWED}")


def _missing(extra: str) -> WrongOption:
    return WrongOption("--db", f"install what it takes with\n\n    {_NEEDS.format(extra)}")
