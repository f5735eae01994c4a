"""What the programs of this folder are started with: where the server is, and how it is spoken to.

    python redis_py.py --url unix:///tmp/a.sock --protocol 3 --parser hiredis

Each program is a `unittest` program that also runs by hand, against any server whose data may be lost. The Swift tests
run it once for each way to connect. Nothing sleeps: a test waits for a state, with `until`, or for a reply.
"""

import argparse
import time
import unittest

import redis
import redis.asyncio
from redis._parsers import _AsyncHiredisParser, _AsyncRESP2Parser, _AsyncRESP3Parser
from redis._parsers import _HiredisParser, _RESP2Parser, _RESP3Parser

PARSERS = {
    ("hiredis", 2): (_HiredisParser, _AsyncHiredisParser),
    ("hiredis", 3): (_HiredisParser, _AsyncHiredisParser),
    ("python", 2): (_RESP2Parser, _AsyncRESP2Parser),
    ("python", 3): (_RESP3Parser, _AsyncRESP3Parser),
}


class Settings:
    url: str
    protocol: int
    parser: str
    control: str | None

    def pool(self, kind=redis.ConnectionPool, **options):
        """A pool of connections to the server, which speak as the command line says."""
        return kind.from_url(self.url, **self._options(0, options))

    def async_pool(self, kind=redis.asyncio.ConnectionPool, **options):
        return kind.from_url(self.url, **self._options(1, options))

    def client(self, **options):
        return redis.Redis.from_pool(self.pool(**options))

    def async_client(self, **options):
        return redis.asyncio.Redis.from_pool(self.async_pool(**options))

    def _options(self, index, options):
        parser = PARSERS[self.parser, self.protocol][index]
        return {"protocol": self.protocol, "parser_class": parser, "socket_timeout": 30} | options


settings = Settings()


def until(what, state, seconds=30):
    """Asks `state` until it is true. Each question is a round trip to the server."""
    end = time.monotonic() + seconds
    while not state():
        if time.monotonic() > end:
            raise TimeoutError(f"gave up waiting until {what}")


async def async_until(what, state, seconds=30):
    end = time.monotonic() + seconds
    while not await state():
        if time.monotonic() > end:
            raise TimeoutError(f"gave up waiting until {what}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--url", required=True)
    options.add_argument("--protocol", type=int, choices=[2, 3], default=3)
    options.add_argument("--parser", choices=["hiredis", "python"], default="hiredis")
    options.add_argument("--control", help="the URL of the control port, for the tests that move clocks")
    _, rest = options.parse_known_args(namespace=settings)
    unittest.main(module="__main__", argv=["test"] + rest)
