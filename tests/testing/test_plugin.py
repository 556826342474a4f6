"""The pytest plugin, in runs of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

#: The plugin as hosts get it, whether or not the library is installed where these tests run.
WITH_PLUGIN = ("-p", "no:ordersales", "-p", "ordersales.testing.plugin", "-p", "no:cacheprovider")


def test_its_fixtures_are_there_for_any_test(pytester: pytest.Pytester) -> None:
    """A host's test asks for a clock, a gateway and a store by name, each time a new one."""
    pytester.makepyfile(
        """
        from datetime import timedelta

        import pytest

        from ordersales import AccountId
        from ordersales.models.filters import EVERYTHING


        @pytest.mark.parametrize("time", range(2))
        def test_kit(time, movable_clock, scripted_gateway, memory_store):
            assert movable_clock.monotonic() == 0
            movable_clock.advance(timedelta(days=1))
            assert scripted_gateway.charged == ()
            with memory_store.transaction(AccountId("acme")) as tx:
                assert tx.orders.next_number() == 1
        """
    )

    result = pytester.runpytest_inprocess(*WITH_PLUGIN)

    result.assert_outcomes(passed=2)


def test_its_fixtures_say_what_they_are(pytester: pytest.Pytester) -> None:
    """The list of fixtures has a sentence for each."""
    result = pytester.runpytest_inprocess(*WITH_PLUGIN, "--fixtures")

    result.stdout.fnmatch_lines_random(
        [
            "movable_clock*",
            "    A clock that stands still until it is moved.",
            "scripted_gateway*",
            "memory_store*",
        ]
    )


SUITE = """
from datetime import timedelta

import pytest

from ordersales.ports.gateway import Capabilities
from ordersales.testing import ScriptedGateway
from ordersales.testing.contracts import GatewayContract


class TestOurs(GatewayContract):
    @pytest.fixture
    def gateway(self):
        return ScriptedGateway(capabilities=Capabilities(look_up=True))

    def succeeding(self, gateway):
        return self.request()
"""


def test_promises_that_were_not_held_are_listed(pytester: pytest.Pytester) -> None:
    """A run says at its end which suites left out how many checks, and why."""
    pytester.makepyfile(test_ours=SUITE)

    result = pytester.runpytest_inprocess(*WITH_PLUGIN)

    result.assert_outcomes(passed=7, skipped=51)
    result.stdout.fnmatch_lines(
        [
            "*promises not held*",
            "*test_ours.py::TestOurs: the gateway declares no keys (7)",
        ]
    )
    result.stdout.fnmatch_lines(["*test_ours.py::TestOurs: the suite overrides no `message` (4)"])


def test_other_skips_are_none_of_its_business(pytester: pytest.Pytester) -> None:
    """Nothing is listed where no promise was left out."""
    pytester.makepyfile(
        """
        import pytest


        def test_skipped():
            pytest.skip("held up")


        @pytest.mark.xfail
        def test_expected_to_fail():
            assert False
        """
    )

    result = pytester.runpytest_inprocess(*WITH_PLUGIN)

    result.assert_outcomes(skipped=1, xfailed=1)
    result.stdout.no_fnmatch_line("*promises not held*")


def test_loading_it_loads_nothing_else_of_the_library() -> None:
    """A host whose tests ask for nothing of it pays for nothing: only fixtures import."""
    program = (
        "import sys, ordersales.testing.plugin;"
        "watched = ('ordersales', 'attr', 'cattr', 'hypothesis');"
        "print(*(name for name in sys.modules if name.startswith(watched)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ["ordersales", "ordersales.testing", "ordersales.testing.plugin"] == sorted(
        told.stdout.split()
    )
