"""A Spark of this machine's own: the tests marked `spark`, in a session of their own, ask for it.

It takes some twenty seconds to start, so there is one for the whole run. It needs Java 17.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import pytest

#: Nothing is reached but by this machine, nothing is served, and nobody's clock but UTC's counts.
WAYS: Final = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

#: What marks a test, or a case of one, that asks for Spark: it leaves its sockets to be collected.
ON_SPARK: Final = (
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning"),
)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Return an Ibis connection to a Spark with two threads."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    import ibis  # noqa: PLC0415 - only where Spark is installed
    from pyspark.sql import SparkSession  # noqa: PLC0415 - likewise

    builder = SparkSession.builder.master("local[2]")
    session = builder.config(map=WAYS).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield ibis.pyspark.connect(session)
    session.stop()
