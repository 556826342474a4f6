"""What is wrong with plain data: every problem at once, each with the path of its field (B1)."""

from __future__ import annotations

import attrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError

from ordersales.errors import InvalidInput, Problem
from ordersales.wire.plain import under


def explained(error: Exception) -> InvalidInput:
    """Return what cattrs raised while it read a record as an error of ours.

    Anything but what bad data can raise is handed on: it is a bug.
    """
    match error:
        case InvalidInput():
            return error
        case ClassValidationError():
            return InvalidInput(tuple(_of_record(error)))
        case ForbiddenExtraKeysError():
            names = ", ".join(item.name for item in attrs.fields(error.cl))
            unknown = [Problem(name, "a field", names) for name in sorted(error.extra_fields)]
            return InvalidInput(tuple(unknown))
        case KeyError():
            return InvalidInput((Problem("", "nothing", "a value"),))
        case _:
            raise error


def _of_record(error: ClassValidationError) -> list[Problem]:
    of_fields, of_all = error.group_exceptions()
    problems = [
        problem for found, note in of_fields for problem in under(note.name, explained(found))
    ]
    problems += [problem for found in of_all for problem in explained(found).problems]
    return problems
