"""What an account's part of a lake consists of: the one file that says which files count.

It is replaced in one step, last of all, so that readers find either what was there before or all
of what was written. A file that it does not name is nothing: the rest of a run that died.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import attrs
from attrs import frozen

from ordersales.errors import BrokenInvariant

NAME: Final = "manifest.json"
_FORMAT: Final = 1


@frozen(kw_only=True)
class Part:
    """One file of facts."""

    #: Where it is in the account's folder.
    path: str
    #: The month, in UTC, in which its payments were paid.
    month: str
    rows: int
    #: At which step it was written.
    step: int
    #: Whether it holds orders once each, as they were when the parts were put together; if not,
    #: all of its orders stand in for what earlier parts hold of them.
    settled: bool


@frozen(kw_only=True)
class Manifest:
    """The parts of one account, and up to which event they tell."""

    account: str
    #: Rises with every manifest that is written.
    step: int = 0
    position: int = 0
    parts: tuple[Part, ...] = ()
    #: Files that the manifest before named, kept for those who are reading them.
    retired: tuple[str, ...] = ()

    @property
    def settled(self) -> tuple[Part, ...]:
        """The parts that hold each of their orders once."""
        return tuple(part for part in self.parts if part.settled)

    @property
    def fresh(self) -> tuple[Part, ...]:
        """The parts whose orders stand in for what earlier ones hold of them."""
        return tuple(part for part in self.parts if not part.settled)

    @property
    def named(self) -> frozenset[str]:
        """Every file that it keeps."""
        return frozenset([*(part.path for part in self.parts), *self.retired])

    def followed(self, position: int, parts: Iterable[Part], retired: Iterable[str]) -> Manifest:
        """Return the manifest that comes behind it."""
        return attrs.evolve(
            self,
            step=self.step + 1,
            position=position,
            parts=tuple(parts),
            retired=tuple(retired),
        )


def read(folder: Path, account: str) -> Manifest:
    """Return the manifest in `folder`; an empty one where there is none.

    Raises:
        BrokenInvariant: It is of a later format than this version of the library knows.
    """
    try:
        data = json.loads((folder / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return Manifest(account=account)
    if data.pop("format") != _FORMAT:
        raise BrokenInvariant("T6", f"{folder / NAME} is of a later format than {_FORMAT}")
    parts = tuple(Part(**part) for part in data.pop("parts"))
    return Manifest(parts=parts, retired=tuple(data.pop("retired")), **data)


def write(folder: Path, manifest: Manifest) -> None:
    """Put `manifest` in place of the one in `folder`."""
    data: dict[str, Any] = {"format": _FORMAT, **attrs.asdict(manifest)}
    beside = folder / f".{NAME}"
    beside.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    put(beside, folder / NAME)


def put(written: Path, place: Path) -> None:
    """Move a file that was written to its place, certain to be whole there."""
    with written.open("rb+") as file:
        os.fsync(file.fileno())
    written.replace(place)
