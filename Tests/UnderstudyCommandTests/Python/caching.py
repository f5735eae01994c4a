"""Client-side caching: what redis-py and coredis keep is told to them as soon as somebody else changes it."""

import unittest
from urllib.parse import urlparse

import coredis
from coredis.patterns.cache import LRUCache
from redis.cache import CacheConfig

from settings import async_until, main, settings, until


class RedisPy(unittest.TestCase):
    def setUp(self):
        self.writer = settings.client()
        self.addCleanup(self.writer.connection_pool.disconnect)
        self.writer.flushall()

    def cached(self, **options):
        client = settings.client(protocol=3, cache_config=CacheConfig(), **options)
        self.addCleanup(client.connection_pool.disconnect)
        return client

    def hits(self):
        return self.writer.info("stats")["keyspace_hits"]

    def test_what_is_kept_is_not_asked_for_again(self):
        client = self.cached()
        self.writer.set("k", "1")
        self.assertEqual(client.get("k"), b"1")
        before = self.hits()
        self.assertEqual([client.get("k") for _ in range(10)], [b"1"] * 10)
        self.assertEqual(self.hits(), before)
        self.writer.set("k", "2")
        until("the change has arrived", lambda: client.get("k") == b"2")

    def test_changes_of_every_kind_arrive(self):
        client = self.cached()
        changes = [
            lambda: self.writer.hset("h", "f", "2"),
            lambda: self.writer.delete("h"),
            lambda: self.writer.hset("h", "f", "3"),
            lambda: self.writer.flushall(),
            lambda: self.writer.eval("return redis.call('HSET', KEYS[1], 'f', '4')", 1, "h"),
            lambda: self.writer.rename("h", "other"),
        ]
        for change, expected in zip(changes, [b"2", None, b"3", None, b"4", None]):
            client.hget("h", "f")
            change()
            until(f"it is {expected}", lambda: client.hget("h", "f") == expected)

    def test_the_server_knows_who_tracks(self):
        client = self.cached()
        client.get("k")
        self.assertEqual(self.writer.info("clients")["tracking_clients"], 1)
        self.assertIn("t", client.client_info()["flags"])


class Coredis(unittest.IsolatedAsyncioTestCase):
    async def test_a_change_arrives(self):
        url = urlparse(settings.url)
        where = {"host": url.hostname, "port": url.port} if url.scheme == "redis" else {"unix_socket_path": url.path}
        cache = LRUCache()
        async with coredis.Redis(**where, cache=cache) as client, coredis.Redis(**where) as writer:
            await writer.flushall()
            await writer.set("k", "1")
            self.assertEqual(await client.get("k"), b"1")
            self.assertEqual(await client.get("k"), b"1")
            await writer.set("k", "2")

            async def has_arrived():
                return await client.get("k") == b"2"

            await async_until("the change has arrived", has_arrived)
            self.assertEqual((await writer.info("clients"))["tracking_clients"], 1)


if __name__ == "__main__":
    main()
