"""Other clients than redis-py: valkey-py, coredis and Valkey GLIDE. Each does a small job from end to end: a transaction
under WATCH, a script, a pipeline, a message, a wait, and what is its own."""

import asyncio
import threading
import unittest
from urllib.parse import urlparse

import coredis
import coredis.exceptions
import glide
import valkey
import valkey.asyncio
import valkey.exceptions

from settings import async_until, main, settings, until

COUNT_DOWN = """
local left = tonumber(redis.call('GET', KEYS[1]) or ARGV[1])
if left <= 0 then return redis.error_reply('NONE left') end
redis.call('SET', KEYS[1], left - 1)
return {left - 1, KEYS[1], cjson.encode({left = left - 1})}
"""


def address():
    """The server as a host and a port, or as the path of a socket."""
    url = urlparse(settings.url)
    return (url.hostname, url.port, None) if url.scheme == "redis" else (None, None, url.path)


class ValkeyPy(unittest.TestCase):
    def setUp(self):
        self.client = valkey.Valkey.from_url(settings.url, protocol=settings.protocol, socket_timeout=30)
        self.addCleanup(self.client.close)
        self.client.flushall()

    def test_a_transaction_that_somebody_disturbs(self):
        other = valkey.Valkey.from_url(settings.url, protocol=settings.protocol)
        self.addCleanup(other.close)
        disturbances = [1, 1]

        def add(pipe):
            value = int(pipe.get("n") or 0)
            if disturbances:
                disturbances.pop()
                other.incr("n")
            pipe.multi()
            pipe.set("n", value + 10)
            pipe.get("n")

        self.assertEqual(self.client.transaction(add, "n"), [True, b"12"])

    def test_a_script_and_its_error(self):
        count_down = self.client.register_script(COUNT_DOWN)
        self.assertEqual(count_down(["left"], [2]), [1, b"left", b'{"left":1}'])
        self.client.script_flush()
        self.assertEqual(count_down(["left"], [2])[0], 0)
        with self.assertRaisesRegex(valkey.exceptions.ResponseError, "NONE left"):
            count_down(["left"], [2])

    def test_a_message_and_a_wait(self):
        listener = self.client.pubsub(ignore_subscribe_messages=True)
        self.addCleanup(listener.close)
        listener.psubscribe("news.*")
        until("somebody listens", lambda: self.client.pubsub_numpat() == 1)
        self.assertEqual(self.client.publish("news.today", "rain"), 1)
        until("it is read", lambda: (message := listener.get_message()) and message["data"] == b"rain")
        waiting = threading.Thread(target=lambda: self.client.rpush("done", *self.client.blpop(["work"], 30)))
        waiting.start()
        other = valkey.Valkey.from_url(settings.url)
        self.addCleanup(other.close)
        until("somebody waits", lambda: other.info("clients")["blocked_clients"] == 1)
        other.rpush("work", "dig")
        waiting.join(30)
        self.assertEqual(self.client.lrange("done", 0, -1), [b"work", b"dig"])

    def test_asyncio(self):
        async def work():
            async with valkey.asyncio.from_url(settings.url, protocol=settings.protocol) as client:
                async with client.pipeline(transaction=True) as pipe:
                    replies = await pipe.set("k", "v").incr("n").zadd("z", {"a": 1.5}).zrange("z", 0, -1, withscores=True).execute()
                self.assertEqual(replies[:3], [True, 1, 1])
                self.assertEqual([tuple(pair) for pair in replies[3]], [(b"a", 1.5)])
                replies = await asyncio.gather(*(client.incr("n") for _ in range(50)))
                self.assertEqual(sorted(replies), list(range(2, 52)))

        asyncio.run(work())


class Coredis(unittest.IsolatedAsyncioTestCase):
    def client(self, **options):
        host, port, path = address()
        where = {"host": host, "port": port} if host else {"unix_socket_path": path}
        return coredis.Redis(**where, **options)

    async def test_types_pipelines_and_scripts(self):
        async with self.client(decode_responses=True) as client:
            await client.flushall()
            await client.hset("hash", {"a": "1", "b": "2"})
            self.assertEqual(await client.hgetall("hash"), {"a": "1", "b": "2"})
            await client.zadd("zset", {"a": 1.0, "b": 2.5})
            self.assertEqual(await client.zscore("zset", "b"), 2.5)
            self.assertEqual(await client.xadd("stream", {"f": "v"}, identifier="1-1"), "1-1")
            async with client.pipeline(transaction=True) as pipe:
                replies = [pipe.set("k", "v"), pipe.incrby("n", 5), pipe.lpush("l", ["x"])]
            self.assertEqual([await reply for reply in replies], [True, 5, 1])
            script = client.register_script(COUNT_DOWN)
            self.assertEqual(await script(["left"], [2]), [1, "left", '{"left":1}'])
            with self.assertRaisesRegex(coredis.exceptions.ResponseError, "NONE left"):
                await client.set("left", 0)
                await script(["left"], [2])
            keys = {key async for key in client.scan_iter()}
            self.assertEqual(keys, {"hash", "zset", "stream", "k", "n", "l", "left"})

    async def test_it_knows_the_server(self):
        async with self.client(decode_responses=True) as client:
            info = await client.info("server")
            self.assertTrue(str(info["redis_version"]))
            commands = await client.command_info("get", "xadd")
            self.assertEqual((commands["get"]["arity"], commands["xadd"]["first-key"]), (2, 1))


class Glide(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        host, port, _ = address()
        version = glide.ProtocolVersion.RESP3 if settings.protocol == 3 else glide.ProtocolVersion.RESP2
        self.options = {
            "addresses": [glide.NodeAddress(host, port)], "protocol": version, "client_name": "glider", "request_timeout": 30000,
        }
        self.client = await glide.GlideClient.create(glide.GlideClientConfiguration(**self.options))
        self.addAsyncCleanup(self.client.close)
        await self.client.flushall()

    async def test_types_batches_and_scripts(self):
        client = self.client
        self.assertEqual(await client.client_getname(), b"glider")
        self.assertEqual(await client.hset("hash", {"a": "1", "b": "2"}), 2)
        self.assertEqual(await client.hgetall("hash"), {b"a": b"1", b"b": b"2"})
        self.assertEqual(await client.zadd("zset", {"a": 1.0, "b": 2.5}), 2)
        self.assertEqual(await client.zrange_withscores("zset", glide.RangeByIndex(0, -1)), {b"a": 1.0, b"b": 2.5})
        batch = glide.Batch(is_atomic=True)
        batch.set("k", "v")
        batch.incrby("n", 5)
        batch.get("k")
        self.assertEqual(await client.exec(batch, raise_on_error=True), ["OK", 5, b"v"])
        script = glide.Script(COUNT_DOWN)
        self.assertEqual(await client.invoke_script(script, keys=["left"], args=["2"]), [1, b"left", b'{"left":1}'])
        with self.assertRaisesRegex(glide.RequestError, "NONE: left"):
            await client.set("left", "0")
            await client.invoke_script(script, keys=["left"], args=["2"])

    async def test_many_calls_at_once(self):
        replies = await asyncio.gather(*(self.client.incr("n") for _ in range(200)))
        self.assertEqual(sorted(replies), list(range(1, 201)))

    async def test_a_message(self):
        subscriptions = glide.GlideClientConfiguration.PubSubSubscriptions(
            {glide.GlideClientConfiguration.PubSubChannelModes.Exact: {"news"}}, None, None)
        listener = await glide.GlideClient.create(
            glide.GlideClientConfiguration(**self.options | {"protocol": glide.ProtocolVersion.RESP3}, pubsub_subscriptions=subscriptions))
        self.addAsyncCleanup(listener.close)

        async def listens():
            return await self.client.publish("rain", "news") == 1

        await async_until("somebody listens", listens)
        message = await listener.get_pubsub_message()
        self.assertEqual((message.channel, message.message), (b"news", b"rain"))


if __name__ == "__main__":
    main()
