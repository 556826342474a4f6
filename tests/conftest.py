"""How hypothesis searches (by default, in CI, briefly, under mutation tests), and a PostgreSQL server."""

import os

from hypothesis import settings

from tests.postgres import database, module_database, postgres
from tests.spark import spark

#: Fixtures, found here by the tests that ask for them.
__all__ = ["database", "module_database", "postgres", "spark"]

# Machines differ and are shared: how long one example took says nothing about the code.
settings.register_profile("default", deadline=None)
# The same examples on every run, so that a red CI is red again when asked.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# Where the same is run once more: measured, or on another Python.
settings.register_profile(
    "brief", deadline=None, derandomize=True, print_blob=True, max_examples=10
)
# Run once for each of thousands of mutants: few examples, always the same ones, nothing kept.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, max_examples=20, database=None
)

settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "default")
)
