"""The format as it is kept: files of every version are read, and today's writes what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from ordersales.wire import KINDS, VERSION, decode, encode
from ordersales.wire.kinds import UNIONS
from ordersales.wire.upgrades import upgraded
from tests.wire import keep
from tests.wire.samples import SAMPLES

VERSIONS: Final = range(1, VERSION + 1)
#: Every kind of every version before the newest.
OLDER: Final = [
    (version, path.stem.replace("_", " "))
    for version in range(1, VERSION)
    for path in sorted(keep.folder(version).iterdir())
]
CHANGED: Final = "the format has changed: make a new version of it (ordersales.wire.upgrades)"


def kept(version: int, name: str) -> Any:
    """Return what was kept of a kind when a version was the newest."""
    return json.loads(path_of(version, name).read_text("utf-8"))


def path_of(version: int, name: str) -> Path:
    """Return where that is."""
    return keep.folder(version) / f"{name.replace(' ', '_')}.json"


@pytest.mark.rule("E1")
@pytest.mark.parametrize("name", KINDS)
def test_what_is_written_is_what_was_kept(name: str) -> None:
    """Records are written as the newest version's files have them, field by field."""
    assert kept(VERSION, name) == [encode(record) for record in SAMPLES[name]], CHANGED


@pytest.mark.rule("E1")
@pytest.mark.parametrize("name", KINDS)
def test_the_newest_version_is_read(name: str) -> None:
    """What is written is read as the records that it was written from."""
    assert list(SAMPLES[name]) == [decode(KINDS[name], plain) for plain in kept(VERSION, name)]


@pytest.mark.rule("E1")
@pytest.mark.parametrize(("version", "name"), OLDER)
def test_every_older_version_is_read(version: int, name: str) -> None:
    """What was written by any version is read by this one, and nothing of it is lost."""
    for plain in kept(version, name):
        today = encode(decode(KINDS[name], plain))

        assert version == plain["version"]
        assert [] == lost(upgraded(name, plain["record"], version), today["record"])


def lost(before: Any, after: Any, path: str = "") -> list[str]:
    """Return the paths of what is not in later data as it was before."""
    if isinstance(before, dict) and isinstance(after, dict):
        inner = [(name, value, after.get(name, "lost")) for name, value in before.items()]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        inner = [(str(at), *pair) for at, pair in enumerate(zip(before, after, strict=True))]
    else:
        return [] if before == after else [path]
    return [name for at, was, now in inner for name in lost(was, now, f"{path}.{at}")]


@pytest.mark.rule("E1")
def test_every_version_has_its_files() -> None:
    """There is a folder for each version, and in the newest a file for each kind."""
    assert {f"v{version}" for version in VERSIONS} == {path.name for path in keep.FORMATS.iterdir()}
    newest = {path.stem.replace("_", " ") for path in keep.folder(VERSION).iterdir()}
    assert set(KINDS) == set(SAMPLES) == newest


def filled(value: Any, found: dict[type, set[str]]) -> None:
    """Note which fields of which records differ from their defaults somewhere in a value."""
    if isinstance(value, tuple | frozenset):
        for item in value:
            filled(item, found)
    elif attrs.has(type(value)):
        names = found.setdefault(type(value), set())
        for item in attrs.fields(type(value)):
            inner = getattr(value, item.name)
            if inner != item.default:
                names.add(item.name)
            filled(inner, found)


def test_the_samples_fill_every_field() -> None:
    """No field of any record could be dropped or renamed without the files telling."""
    found: dict[type, set[str]] = {}
    for records in SAMPLES.values():
        filled(records, found)

    assert {kind: {item.name for item in attrs.fields(kind)} for kind in found} == found
    assert {kind for _, names in UNIONS for kind in names.values()} <= {*found}
    assert {*KINDS.values()} <= {*found}


def test_files_of_a_version_are_not_written_again() -> None:
    """What was kept stays; the writer of files refuses."""
    before = kept(VERSION, "order")

    told = keep.main()

    assert told is not None
    assert told.endswith("a change of the format is a new version")
    assert before == kept(VERSION, "order")


def test_files_of_a_new_version_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty place every kind gets its file, equal to what is kept."""
    monkeypatch.setattr(keep, "FORMATS", tmp_path)

    assert keep.main() is None

    for name in KINDS:
        path = tmp_path / f"v{VERSION}" / f"{name.replace(' ', '_')}.json"
        assert [encode(record) for record in SAMPLES[name]] == json.loads(path.read_text("utf-8"))


def test_only_this_room_loads_cattrs() -> None:
    """A program that keeps nothing as plain data never pays for cattrs."""
    program = (
        "import sys; from ordersales import *; import ordersales.adapters.memory;"
        "import ordersales.testing; assert BackOffice;"
        "print('cattrs' in sys.modules); import ordersales.wire; print('cattrs' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ["False", "True"] == done.stdout.split()
