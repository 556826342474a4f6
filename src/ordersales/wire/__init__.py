"""Records as plain data that JSON can carry, and back.

A host keeps or sends records in a format that outlives a version of this library::

    from ordersales.wire import decode, dumps, encode

    text = dumps(order)  # as json.dumps(encode(order)), and faster
    again = decode(Order, json.loads(text))

Every record of `KINDS` comes in an envelope that names its kind and the version of the format. An
older version is read through the upgrades of `ordersales.wire.upgrades`.

This room, and nothing else in the library, imports cattrs.
"""

from ordersales.wire.envelope import decode, dumps, encode
from ordersales.wire.kinds import KINDS
from ordersales.wire.upgrades import VERSION

__all__ = ["KINDS", "VERSION", "decode", "dumps", "encode"]
