"""Understudy for Python: a Redis-compatible server that a test starts, sees into, and breaks.

    import understudy

    with understudy.start() as server:
        shop = server.endpoint("shop")
        client = redis.Redis.from_url(shop.url)
        ...
        shop.finish()

`start` and `join` are in `server.py`, the verbs of the control port in `control.py`, what they answer in `values.py`; the
fixtures for pytest are in `pytest_plugin.py`. There is nothing but the standard library below.
"""

from .control import Clock, Control, Endpoint, Fault, Snapshot
from .server import Server, find_binary, join, start
from .values import Allow, ClockState, Figures, Finding, Firing, Ledger, UnderstudyError

__all__ = [
    "Allow", "Clock", "ClockState", "Control", "Endpoint", "Fault", "Figures", "Finding", "Firing", "Ledger", "Server",
    "Snapshot", "UnderstudyError", "find_binary", "join", "start",
]
