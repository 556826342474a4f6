"""The contract of `ordersales.ports.gateway` as tests, for a gateway of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

import pytest

from ordersales.ports.gateway import AsyncPaymentGateway, PaymentGateway
from ordersales.testing.contracts.drivers import Driver, TaskDriver, ThreadDriver
from ordersales.testing.contracts.gateway.answers import AnswerPromises
from ordersales.testing.contracts.gateway.once_only import OnceOnlyPromises
from ordersales.testing.contracts.gateway.recovery import (
    CancelPromises,
    KeyPromises,
    LookUpPromises,
)
from ordersales.testing.contracts.gateway.refunds import RefundPromises
from ordersales.testing.contracts.gateway.requests import Requests
from ordersales.testing.contracts.gateway.till import Till
from ordersales.testing.contracts.gateway.webhooks import WebhookPromises

__all__ = ["AsyncGatewayContract", "GatewayContract"]


class _Promises(
    Requests,
    AnswerPromises,
    OnceOnlyPromises,
    KeyPromises,
    LookUpPromises,
    CancelPromises,
    RefundPromises,
    WebhookPromises,
):
    """Every promise, whichever kind of gateway."""

    @pytest.fixture
    def till(self, gateway: PaymentGateway | AsyncPaymentGateway, drive: Driver) -> Till:
        """What every check works on."""
        return Till(cast("PaymentGateway", gateway), self, drive, gateway)


class GatewayContract(_Promises):
    """Holds a gateway to the contract of `ordersales.ports.gateway`, in its provider's sandbox.

    In a test module of the host::

        import pytest

        from ordersales import PaymentMethod
        from ordersales.testing.contracts import GatewayContract


        class TestOurGateway(GatewayContract):
            @pytest.fixture
            def gateway(self):
                return OurGateway(api_key=os.environ["SANDBOX_KEY"], secret=SECRET)

            def succeeding(self, gateway):
                return self.request(method=PaymentMethod(token="tok_visa"))

            def declining(self, gateway):
                return self.request(method=PaymentMethod(token="tok_declined"))

            def message(self, gateway, request):
                body = what_the_provider_would_send(request)
                return body, {"Signature": signed(body, SECRET)}

    Only `gateway` and `succeeding` are needed; what else can be overridden is in
    `ordersales.testing.contracts.gateway.requests.Requests`. Which promises are held follows from
    the kind that the gateway declares to be. One that it does not declare, or that the suite has no
    request for, is skipped as ``not held: …`` with the reason, and the pytest plugin lists those at
    the end of the run.
    """

    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        """The gateway under test; override it."""
        raise NotImplementedError("override the fixture `gateway` with one that returns yours")

    @pytest.fixture
    def drive(self) -> Driver:
        """What runs the checks' scripts: threads."""
        return ThreadDriver()


class AsyncGatewayContract(_Promises):
    """Holds an asynchronous gateway to the same contract; no pytest plugin is needed.

    Written as `GatewayContract` is. All of a check runs in the loop of the fixture `runner`, an
    `asyncio.Runner`; for another library than asyncio, override the fixture `drive`.
    """

    @pytest.fixture
    def gateway(self) -> AsyncPaymentGateway:
        """The gateway under test; override it."""
        raise NotImplementedError("override the fixture `gateway` with one that returns yours")

    @pytest.fixture
    def runner(self) -> Iterator[asyncio.Runner]:
        """The event loop of one check."""
        with asyncio.Runner() as runner:
            yield runner

    @pytest.fixture
    def drive(self, runner: asyncio.Runner) -> Driver:
        """What runs the checks' scripts: tasks in one loop."""
        return TaskDriver(runner)
