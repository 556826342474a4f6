"""The server that the tests of SQL storage run on: started, restarted, and taken away."""

from __future__ import annotations

import psycopg
import pytest

from tests.postgres import GIVEN, Server, of_the_wheel, own_server, running_server


def test_each_database_is_empty(postgres: Server) -> None:
    """What one test wrote, the next does not find."""
    for _ in range(2):
        with postgres.database() as database, psycopg.connect(database.dsn) as connection:
            connection.execute("CREATE TABLE things (name text)")
            connection.execute("INSERT INTO things VALUES ('b'), ('A')")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.dsn)


def test_a_server_of_ones_own_comes_back_with_what_was_committed() -> None:
    """A restart as if the power went loses nothing that a durable server said it had."""
    with own_server(durable=True) as own:
        own.server.ask("CREATE TABLE things AS SELECT 7 AS number")
        own.restart(at_once=True)
        assert [(7,)] == own.server.ask("SELECT number FROM things")
        assert [("on",)] == own.server.ask("SHOW fsync")
        folder = own.folder
    assert not folder.exists()


def test_a_given_server_is_used(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that is named with it is the one to begin from."""
    monkeypatch.setenv(GIVEN, postgres.pattern.format("postgres"))
    with running_server() as server, server.database() as database:
        assert postgres == server
        with psycopg.connect(database.dsn) as connection:
            assert (1,) == connection.execute("SELECT 1").fetchone()


def test_a_machine_without_a_server_has_that_of_the_wheel() -> None:
    """Python and pip are enough to run the same tests, as root too."""
    with own_server(binaries=of_the_wheel) as own, own.server.database() as database:
        assert own.folder in own.binaries.parents
        with psycopg.connect(database.dsn) as connection:
            assert connection.info.server_version >= 180000
