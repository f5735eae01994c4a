"""redis-py, asyncio: what differs from the synchronous one is that many wait at once, on few connections."""

import asyncio
import unittest

import redis.asyncio
from redis.exceptions import LockNotOwnedError, NoScriptError, ResponseError, WatchError

from settings import async_until, main, settings


class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # `unittest` switches it on, and makes everything ten times slower
        self.client = self.connect()
        await self.client.flushall()

    def connect(self, **options):
        client = settings.async_client(**options)
        self.addAsyncCleanup(client.connection_pool.disconnect)
        return client

    def share(self, kind=redis.asyncio.BlockingConnectionPool, **options):
        pool = settings.async_pool(kind, **options)
        self.addAsyncCleanup(pool.disconnect)
        return redis.asyncio.Redis(connection_pool=pool)


class Values(Case):
    async def test_every_type_comes_back(self):
        client = self.connect(decode_responses=True)
        await client.set("k", "süß")
        await client.hset("hash", mapping={"a": 1, "b": 2.5})
        await client.zadd("zset", {"a": 1, "b": 2.5})
        await client.sadd("set", "a", "b")
        id = await client.xadd("stream", {"a": 1})
        self.assertEqual((await client.get("k"), await client.get("none")), ("süß", None))
        self.assertEqual(await client.hgetall("hash"), {"a": "1", "b": "2.5"})
        scores = await client.zrange("zset", 0, -1, withscores=True)
        self.assertEqual([tuple(pair) for pair in scores], [("a", 1.0), ("b", 2.5)])
        self.assertEqual(set(await client.smembers("set")), {"a", "b"})
        self.assertEqual(await client.xrange("stream"), [(id, {"a": "1"})])
        self.assertEqual({key async for key in client.scan_iter()}, {"k", "hash", "zset", "set", "stream"})

    async def test_large_values(self):
        large = bytes(range(256)) * 4 * 8192  # 8 MB
        await self.client.set("large", large)
        self.assertEqual(await self.client.get("large"), large)

    async def test_errors_are_exceptions(self):
        await self.client.rpush("list", "a")
        with self.assertRaisesRegex(ResponseError, "^WRONGTYPE "):
            await self.client.get("list")
        self.assertTrue(await self.client.ping())


class Connections(Case):
    async def test_the_server_knows_who_is_there(self):
        client = self.connect(client_name="it-is-me")
        me = await client.client_info()
        self.assertEqual((me["name"], int(me["id"])), ("it-is-me", await client.client_id()))
        self.assertEqual(me["flags"], "U" if settings.url.startswith("unix:") else "N")
        if "lib-name" in me:  # since 7.2
            self.assertEqual((me["lib-name"], int(me["resp"])), ("redis-py", settings.protocol))

    async def test_many_share_few_connections(self):
        client = self.share(max_connections=5, timeout=30)

        async def work(n):
            await client.set(f"k{n}", n)
            await client.incr("count")
            return int(await client.get(f"k{n}")), await client.client_id()

        replies = await asyncio.gather(*(work(n) for n in range(200)))
        self.assertEqual([value for value, _ in replies], list(range(200)))
        self.assertEqual(await client.get("count"), b"200")
        self.assertLessEqual(len({id for _, id in replies}), 5)

    async def test_many_connections_at_once(self):
        client = self.connect(max_connections=200)
        waiting = [asyncio.create_task(client.blpop(["list"], timeout=30)) for _ in range(100)]
        await async_until("all wait", self._are_blocked(100))
        await client.rpush("list", *range(100))
        popped = await asyncio.gather(*waiting)
        self.assertEqual({int(value) for _, value in popped}, set(range(100)))
        self.assertEqual(await client.llen("list"), 0)

    async def test_one_connection_for_many(self):
        client = self.connect(max_connections=1)
        client = redis.asyncio.Redis(connection_pool=client.connection_pool, single_connection_client=True)
        ids = await asyncio.gather(*(client.client_id() for _ in range(50)))
        self.assertEqual(len(set(ids)), 1)
        await client.aclose()

    async def test_a_blocking_pool_gives_up(self):
        client = self.share(max_connections=1, timeout=0.01)
        held = await client.connection_pool.get_connection()
        with self.assertRaisesRegex(redis.exceptions.ConnectionError, "No connection available"):
            await client.ping()
        await client.connection_pool.release(held)
        self.assertTrue(await client.ping())

    async def test_a_health_check_asks_before_the_command(self):
        client = self.share(max_connections=1, timeout=30, health_check_interval=1000)
        await client.config_resetstat()
        await client.get("k")
        self.assertNotIn("cmdstat_ping", await client.info("commandstats"))
        connection = await client.connection_pool.get_connection()
        connection.next_health_check = 0  # it is due, as it would be a thousand seconds from now
        await client.connection_pool.release(connection)
        await client.get("k")
        self.assertEqual((await client.info("commandstats"))["cmdstat_ping"]["calls"], 1)

    async def test_who_stops_waiting_leaves_nothing_behind(self):
        client = self.share(max_connections=2, timeout=30)
        waiting = asyncio.create_task(client.blpop(["list"], timeout=0))
        await async_until("it waits", self._are_blocked(1))
        waiting.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await waiting
        await async_until("the server has seen it go", self._are_blocked(0))
        await client.rpush("list", "a")
        self.assertEqual(await client.lrange("list", 0, -1), [b"a"])
        self.assertEqual(await asyncio.gather(*(client.echo(f"{n}") for n in range(20))), [b"%d" % n for n in range(20)])

    def _are_blocked(self, count):
        async def state():
            return (await self.client.info("clients"))["blocked_clients"] == count

        return state


class Pipelines(Case):
    async def test_a_large_one(self):
        for transaction in (False, True):
            async with self.client.pipeline(transaction=transaction) as pipe:
                for n in range(2000):
                    pipe.set(f"k{n}", n).get(f"k{n}")
                replies = await pipe.execute()
            self.assertEqual(replies[1::2], [b"%d" % n for n in range(2000)])

    async def test_more_than_fits_any_buffer(self):
        value = b"x" * 100_000
        async with self.client.pipeline(transaction=False) as pipe:
            for n in range(200):  # 20 MB there, and 20 MB back
                pipe.set(f"k{n}", value).get(f"k{n}")
            self.assertEqual((await pipe.execute())[1::2], [value] * 200)

    async def test_an_error_is_the_reply_of_its_command_alone(self):
        pipe = self.client.pipeline()
        pipe.set("k", "v").lpush("k", "x").get("k")
        replies = await pipe.execute(raise_on_error=False)
        self.assertIsInstance(replies[1], ResponseError)
        self.assertEqual([replies[0], replies[2]], [True, b"v"])

    async def test_watch_sees_a_change(self):
        async with self.client.pipeline() as pipe:
            await pipe.watch("k")
            await self.client.set("k", "other")
            pipe.multi()
            pipe.set("k", "mine")
            with self.assertRaises(WatchError):
                await pipe.execute()
        self.assertEqual(await self.client.get("k"), b"other")

    async def test_many_count_together(self):
        async def increment(pipe):
            value = int(await pipe.get("count") or 0)
            pipe.multi()
            pipe.set("count", value + 1)

        await asyncio.gather(*(self.client.transaction(increment, "count") for _ in range(20)))
        self.assertEqual(await self.client.get("count"), b"20")


class Scripts(Case):
    async def test_a_script_object_loads_itself(self):
        script = self.client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        await self.client.script_flush()
        self.assertEqual(await script(keys=["k"], args=[5]), 5)
        await self.client.script_flush()
        with self.assertRaises(NoScriptError):
            await self.client.evalsha(script.sha, 1, "k", 1)
        async with self.client.pipeline() as pipe:
            await script(keys=["k"], args=[2], client=pipe)
            pipe.get("k")
            self.assertEqual(await pipe.execute(), [7, b"7"])

    async def test_many_use_one_script(self):
        client = self.share(max_connections=20, timeout=30)
        script = client.register_script("return {KEYS[1], redis.call('INCR', KEYS[1])}")
        replies = await asyncio.gather(*(script(keys=[f"k{n % 10}"]) for n in range(200)))
        for n in range(10):
            counts = sorted(count for key, count in replies if key == b"k%d" % n)
            self.assertEqual(counts, list(range(1, 21)))

    async def test_a_lock_is_held_by_one(self):
        inside, most = 0, 0

        async def work():
            nonlocal inside, most
            async with self.client.lock("lock", timeout=60, sleep=0.001):
                inside += 1
                most = max(most, inside)
                await self.client.ping()
                inside -= 1

        await asyncio.gather(*(work() for _ in range(10)))
        self.assertEqual(most, 1)
        lock = self.client.lock("lock", timeout=60)
        self.assertTrue(await lock.acquire(blocking=False))
        await self.client.set("lock", "stolen")
        with self.assertRaises(LockNotOwnedError):
            await lock.release()


class Waiting(Case):
    async def test_publish_and_subscribe(self):
        async with self.client.pubsub() as subscriber:
            await subscriber.subscribe("news")
            await subscriber.psubscribe("n*")
            seen = []

            async def listen():
                async for message in subscriber.listen():
                    seen.append(message["type"])
                    if message["data"] == b"99":
                        return

            listening = asyncio.create_task(listen())
            await async_until("it listens", self._has_patterns(1))
            for n in range(100):
                self.assertEqual(await self.client.publish("no", n), 1)
            await listening
            self.assertEqual(seen, ["subscribe", "psubscribe"] + ["pmessage"] * 100)
            await subscriber.ping()
            self.assertEqual((await subscriber.get_message(timeout=30))["type"], "pong")
            await subscriber.unsubscribe()
            self.assertEqual((await subscriber.get_message(timeout=30))["type"], "unsubscribe")

    def _has_patterns(self, count):
        async def state():
            return await self.client.pubsub_numpat() == count

        return state

    async def test_many_subscribers(self):
        subscribers = [self.client.pubsub(ignore_subscribe_messages=True) for _ in range(50)]
        for subscriber in subscribers:
            self.addAsyncCleanup(subscriber.aclose)
        await asyncio.gather(*(subscriber.subscribe("news") for subscriber in subscribers))
        for subscriber in subscribers:
            self.assertIsNone(await subscriber.get_message(timeout=30))  # the subscription itself
        self.assertEqual(await self.client.publish("news", "hello"), 50)
        messages = await asyncio.gather(*(subscriber.get_message(timeout=30) for subscriber in subscribers))
        self.assertEqual([message["data"] for message in messages], [b"hello"] * 50)

    async def test_a_reader_of_a_stream_waits(self):
        reading = asyncio.create_task(self.connect().xread({"stream": "$"}, block=30_000))

        async def waits():
            return (await self.client.info("clients"))["blocked_clients"] == 1

        await async_until("it waits", waits)
        id = await self.client.xadd("stream", {"a": 1})
        read = await reading
        entries = read[0][1] if isinstance(read, list) else read[b"stream"][0]
        self.assertEqual(entries, [(id, {b"a": b"1"})])

    async def test_a_monitor(self):
        async with self.connect().monitor() as monitor:
            await self.client.set("k", "v")
            self.assertEqual((await monitor.next_command())["command"], "SET k v")


if __name__ == "__main__":
    main()
