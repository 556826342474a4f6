"""What the scripted gateway's messages are signed with, for how long, and while secrets change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ordersales.errors import WebhookRejected
from ordersales.models.charge import Withdrawn
from ordersales.testing import MovableClock, ScriptedGateway
from ordersales.testing.webhook_signature import Signatures

TICK = timedelta(seconds=1)
LIMIT = timedelta(seconds=300)
BODY = b'{"id": "evt_1"}'


def believed(gateway: ScriptedGateway, message: tuple[bytes, dict[str, str]]) -> bool:
    """Tell whether a message is read."""
    try:
        gateway.read_webhook(*message)
    except WebhookRejected:
        return False
    return True


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    ("late", "read"),
    [(timedelta(), True), (LIMIT, True), (LIMIT + TICK, False), (timedelta(days=3), False)],
)
def test_an_old_message_is_rejected(late: timedelta, read: bool) -> None:
    """A message may take five minutes; one that somebody kept, to send it later, is refused."""
    clock = MovableClock()
    gateway = ScriptedGateway(clock=clock)
    message = gateway.webhook("acme/1/1", Withdrawn())
    clock.advance(late)

    assert read is believed(gateway, message)


@pytest.mark.rule("C4")
@pytest.mark.parametrize(("ahead", "read"), [(LIMIT, True), (LIMIT + TICK, False)])
def test_a_message_from_the_future_is_rejected(ahead: timedelta, read: bool) -> None:
    """The sender's clock may be five minutes ahead."""
    clock = MovableClock()
    gateway = ScriptedGateway(clock=clock)
    body, _ = gateway.webhook("acme/1/1", Withdrawn())

    assert read is believed(gateway, (body, gateway.signed(body, at=clock.now() + ahead)))


@pytest.mark.rule("C4")
def test_a_message_that_is_sent_again_is_signed_again() -> None:
    """Days later a provider signs the same body anew, and it is read as it was."""
    clock = MovableClock()
    gateway = ScriptedGateway(clock=clock)
    body, headers = gateway.webhook("acme/1/1", Withdrawn())
    first = gateway.read_webhook(body, headers)
    clock.advance(timedelta(days=3))

    assert first == gateway.read_webhook(body, gateway.signed(body))


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    ("secret", "read"), [(b"new", True), (b"old", True), (b"older", True), (b"retired", False)]
)
def test_each_current_secret_is_believed(secret: bytes, read: bool) -> None:
    """While a secret is replaced, messages come that were signed with either."""
    gateway = ScriptedGateway(secret=b"older")
    gateway.rotate(b"old")
    gateway.rotate(b"new")

    assert read is believed(gateway, ScriptedGateway(secret=secret).webhook("a/1/1", Withdrawn()))


def test_the_newest_secret_signs() -> None:
    """What it sends is believed by those who know the new secret only."""
    gateway = ScriptedGateway(secret=b"old")
    gateway.rotate(b"new")

    assert believed(ScriptedGateway(secret=b"new"), gateway.webhook("a/1/1", Withdrawn()))
    assert not believed(ScriptedGateway(secret=b"old"), gateway.webhook("a/1/1", Withdrawn()))


@pytest.mark.rule("C4")
@pytest.mark.parametrize("moment", ["1767268801", "0", "9999999999"])
def test_the_moment_is_signed_too(moment: str) -> None:
    """Nobody makes an old message new by writing another time."""
    signatures = Signatures((b"secret",), MovableClock())
    written = signatures.sign(BODY)

    with pytest.raises(WebhookRejected, match="the signature is not that of the body"):
        signatures.verify(BODY, f"t={moment},{written.partition(',')[2]}")


@pytest.mark.parametrize(
    "written", ["", "t=,v1=", "v1={v1}", "t=17672688,v1={v1},", "t=-1,v1={v1}", "t=1e9,v1={v1}"]
)
def test_what_is_not_written_as_a_signature_is_none(written: str) -> None:
    """Whatever stands in its place is refused, and breaks nothing."""
    signatures = Signatures((b"secret",), MovableClock())
    v1 = signatures.sign(BODY).partition("v1=")[2]

    with pytest.raises(WebhookRejected, match="there is no signature"):
        signatures.verify(BODY, written.format(v1=v1))


def test_the_moment_is_told_in_seconds() -> None:
    """As a real provider writes it, so that a person can read a test that fails."""
    moment = datetime.fromisoformat("2026-01-01T12:00:00.900000+00:00")

    written = Signatures((b"secret",), MovableClock()).sign(BODY, moment)

    assert written.startswith("t=1767268800,v1=")
