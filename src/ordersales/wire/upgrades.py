"""The versions of the format, and how a record of an older one becomes one of the next.

A change of what `encode` writes makes a new version: raise `VERSION`, add the step that leads to
it from the version before, and keep files of the new one (``python -m tests.wire.keep``). A step
takes the name of the envelope's kind and the record as plain data, and returns the record as the
next version has it. Say that a version 9 called the ``quantity`` of an order ``units``::

    def _quantity_became_units(kind: str, record: Data) -> Data:
        if kind != "order":
            return record
        return {"units" if name == "quantity" else name: record[name] for name in record}


    VERSION = 9
    UPGRADES = {…, 8: _quantity_became_units}

A record that lies inside others, as an order does in a payment, is met in each of them. A kind that
is new changes nothing that was written: it needs no version, only its file in the newest one's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ordersales.errors import InvalidInput

#: A record as plain data.
Data = dict[str, Any]
#: What makes a record of one version one of the next, by the name of its kind.
Upgrade = Callable[[str, Data], Data]

#: The version that `encode` writes.
VERSION: Final = 2


def _as_it_was(_kind: str, record: Data) -> Data:
    """Return a record of version 1, all of which version 2 has as it was.

    Version 2 has more fields and more kinds. Each new field has a default, which says of an
    older record what was so of all of them: nothing was recurring, and no decline told whether
    to try again. What a decline had told was not kept, and *allowed* is what it is without.
    """
    return record


#: From each older version the step to the next.
UPGRADES: Final[Mapping[int, Upgrade]] = {1: _as_it_was}


def upgraded(
    kind: str,
    record: Data,
    version: int,
    *,
    to: int = VERSION,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
) -> Data:
    """Return `record`, which is of `version`, as version `to` has it.

    Raises:
        InvalidInput: It is not as that version had it, so that a step could make nothing of it.
    """
    try:
        for step in range(version, to):
            record = upgrades[step](kind, record)
    except (AttributeError, LookupError, TypeError, ValueError):
        allowed = f"{kind} as version {version} of the format had it"
        raise InvalidInput.of("record", record, allowed) from None
    return record
