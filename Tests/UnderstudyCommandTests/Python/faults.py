"""What clients make of faults: how often a write is carried out when its reply is lost, and how each of the errors that
operators know is told to the program. The endpoints are opened over the control port, one for each test."""

import asyncio
import itertools
import socket
import unittest
from urllib.parse import urlparse

import redis
import redis.asyncio
import redis.exceptions
import valkey

from settings import main, settings

numbers = itertools.count()
READ_ERRORS = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


class Lab(unittest.TestCase):
    def setUp(self):
        self.control = redis.Redis.from_url(settings.control, decode_responses=True)
        self.addCleanup(self.control.close)
        self.data = settings.client()
        self.addCleanup(self.data.close)
        self.data.flushall()
        self.addCleanup(self.control.execute_command, "LAB.RESET", "FAULTS")

    def endpoint(self):
        """A new endpoint: its name and its port."""
        name = f"svc-{next(numbers)}"
        return name, self.control.execute_command("LAB.ENDPOINT", "OPEN", name)

    def fault(self, name, rule):
        self.control.execute_command("LAB.FAULT", "ADD", f"{name}/rule", "ENDPOINT", name, *rule.split())

    def fired(self, name):
        reply = self.control.execute_command("LAB.FAULT", "FIRED", f"{name}/rule")
        return (reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2])))["fired"]

    def lose_one_reply(self, family="INCR"):
        """An endpoint that loses the reply to the first command of a family, whoever sends it."""
        name, port = self.endpoint()
        self.fault(name, f"FAMILY {family} SHARED TIMES 1 DO afterExecution RESET")
        return name, port

    def client(self, port, **options):
        client = redis.Redis(port=port, protocol=settings.protocol, **options)
        self.addCleanup(client.close)
        return client


class LostReplies(Lab):
    """A library that tries again by itself carries a write out twice, and says nothing of it."""

    def test_redis_py_increments_twice(self):
        name, port = self.lose_one_reply()
        self.assertEqual(self.client(port).incr("n"), 2)
        self.assertEqual((self.data.get("n"), self.fired(name)), (b"2", 1))

    def test_redis_py_without_retries(self):
        name, port = self.lose_one_reply()
        client = self.client(port, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0))
        with self.assertRaises(READ_ERRORS):
            client.incr("n")
        self.assertEqual((self.data.get("n"), self.fired(name)), (b"1", 1))

    def test_a_pipeline_of_three_becomes_six(self):
        name, port = self.lose_one_reply()
        # The rule bites the first INCR of the batch: what stands behind it on that connection is not run.
        self.control.execute_command("LAB.FAULT", "DEL", f"{name}/rule")
        self.fault(name, "FAMILY INCR SHARED AFTER 2 TIMES 1 DO afterExecution RESET")
        with self.client(port).pipeline(transaction=False) as pipe:
            replies = pipe.incr("n").incr("n").incr("n").execute()
        self.assertEqual((replies, self.data.get("n")), ([4, 5, 6], b"6"))

    def test_asyncio_increments_twice(self):
        name, port = self.lose_one_reply()

        async def increment():
            async with redis.asyncio.Redis(port=port, protocol=settings.protocol) as client:
                return await client.incr("n")

        self.assertEqual(asyncio.run(increment()), 2)
        self.assertEqual(self.data.get("n"), b"2")

    def test_valkey_py_tells(self):
        _, port = self.lose_one_reply()
        client = valkey.Valkey(port=port)
        self.addCleanup(client.close)
        with self.assertRaises(valkey.exceptions.ConnectionError):
            client.incr("n")
        self.assertEqual(self.data.get("n"), b"1")

    def test_an_element_is_lost(self):
        _, port = self.lose_one_reply("POP")
        self.data.rpush("list", "a")
        client = self.client(port, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0))
        with self.assertRaises(READ_ERRORS):
            client.blpop(["list"], timeout=1)
        self.assertEqual(self.data.llen("list"), 0)


class Reactions(Lab):
    """What redis-py makes of each error that a preset answers."""

    def reaction(self, preset, call=lambda client: client.set("k", "v"), other=None, **options):
        name, port = self.endpoint()
        words = [name]
        if other:
            words.append(other)
        client = self.client(port, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0), **options)
        self.control.execute_command("LAB.PRESET", preset, *words)
        with self.assertRaises(redis.exceptions.RedisError) as caught:
            call(client)
        self.control.execute_command("LAB.FAULT", "DEL", f"{preset}@{name}")
        call(client)
        return type(caught.exception), str(caught.exception)

    def test_loading(self):
        kind, text = self.reaction("loading")
        self.assertEqual(kind, redis.exceptions.BusyLoadingError)
        self.assertIn("loading the dataset", text)

    def test_read_only(self):
        kind, _ = self.reaction("readonly")
        self.assertEqual(kind, redis.exceptions.ReadOnlyError)

    def test_moved(self):
        other, _ = self.endpoint()
        kind, _ = self.reaction("moved", other=other)
        self.assertEqual(kind, redis.exceptions.MovedError)

    def test_try_again(self):
        kind, _ = self.reaction("tryagain", lambda client: client.mget("a", "b"))
        self.assertEqual(kind, redis.exceptions.TryAgainError)

    def test_no_auth(self):
        kind, _ = self.reaction("noauth")
        self.assertEqual(kind, redis.exceptions.AuthenticationError)

    def test_out_of_memory(self):
        kind, _ = self.reaction("oom")
        self.assertEqual(kind, redis.exceptions.OutOfMemoryError)

    def test_busy(self):
        kind, text = self.reaction("busy")
        self.assertEqual(kind, redis.exceptions.ResponseError)
        self.assertIn("BUSY", text)

    def test_too_many_clients(self):
        kind, text = self.reaction("maxclients")
        self.assertTrue(issubclass(kind, redis.exceptions.ConnectionError), kind)

    def test_scripts_are_sent_again(self):
        name, port = self.endpoint()
        client = self.client(port)
        script = client.register_script("return 7")
        self.assertEqual(script(), 7)
        self.control.execute_command("LAB.PRESET", "scriptflush", name)
        self.assertEqual(script(), 7)

    def test_a_failover(self):
        a, b = self.endpoint(), self.endpoint()
        clients = [self.client(port) for _, port in (a, b)]
        for client in clients:
            client.set("k", 1)
        self.control.execute_command("LAB.PRESET", "failover", a[0], b[0])
        with self.assertRaises(redis.exceptions.ReadOnlyError):
            clients[0].set("k", 2)
        self.assertTrue(clients[1].set("k", 2))
        self.assertEqual(clients[0].info("replication")["role"], "slave")


class Listeners(Lab):
    def test_refused(self):
        name, port = self.endpoint()
        self.fault(name, "DO accept REFUSE")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        self.control.execute_command("LAB.FAULT", "DEL", f"{name}/rule")
        self.assertTrue(self.client(port).ping())

    def test_quotas_shrink(self):
        name, port = self.endpoint()
        self.control.execute_command("LAB.QUOTA", name, "CONNECTIONS", 10, "THEN", "error")
        pool = [self.client(port) for _ in range(8)]
        for client in pool:
            client.ping()
        self.control.execute_command("LAB.QUOTA", name, "CONNECTIONS", 7, "THEN", "error")
        with self.assertRaises(redis.exceptions.ConnectionError):
            redis.Redis(port=port, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0)).ping()
        self.assertTrue(all(client.ping() for client in pool))


if __name__ == "__main__":
    main()
