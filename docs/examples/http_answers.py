"""What a web host answers when the library refuses; copy it, whatever your framework is."""

from __future__ import annotations

from ordersales import errors
from ordersales.errors import OrdersalesError

#: Of the kinds that an error is of, the most special one that stands here counts.
STATUS = {
    errors.CallerError: 400,
    errors.NotFound: 404,
    errors.KeyReused: 409,
    errors.RuleRefused: 409,
    errors.PermissionMissing: 403,
    errors.PersonNeeded: 403,
    errors.WrongInstallation: 503,
    errors.OutsideFailed: 503,
    errors.WebhookRejected: 400,
    OrdersalesError: 500,
}


def status_of(kind: type[OrdersalesError]) -> int:
    """Return the status to answer with."""
    return next(STATUS[more] for more in kind.__mro__ if more in STATUS)


def answer(error: OrdersalesError) -> tuple[int, dict[str, str]]:
    """Return the status and the body to answer with; codes stay the same between versions."""
    return status_of(type(error)), {"error": error.code, "detail": str(error)}
