"""redis-py, synchronous: what programs do with it that makes a server work for its living."""

import threading
import unittest

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    ExecAbortError,
    LockNotOwnedError,
    MaxConnectionsError,
    NoScriptError,
    ResponseError,
    WatchError,
)
from redis.retry import Retry
from redis.utils import str_if_bytes

from settings import main, settings, until


class Case(unittest.TestCase):
    def setUp(self):
        self.client = self.connect()
        self.client.flushall()

    def connect(self, **options):
        client = settings.client(**options)
        self.addCleanup(client.connection_pool.disconnect)
        return client

    def is_at_least(self, version):
        def number(text):
            return [int(part) for part in text.split(".")]

        return number(self.client.info("server")["redis_version"]) >= number(version)


class Values(Case):
    def test_every_type_comes_back(self):
        client = self.client
        client.set(b"\x00\xff\r\n", b"\r\n\x00")
        self.assertEqual(client.get(b"\x00\xff\r\n"), b"\r\n\x00")
        self.assertIsNone(client.get("none"))
        client.hset("hash", mapping={"a": 1, "b": 2.5, "c": "x"})
        self.assertEqual(client.hgetall("hash"), {b"a": b"1", b"b": b"2.5", b"c": b"x"})
        self.assertEqual(client.hmget("hash", "a", "none"), [b"1", None])
        client.rpush("list", "a", "b", "c")
        self.assertEqual(client.lrange("list", 0, -1), [b"a", b"b", b"c"])
        client.sadd("set", "a", "b")
        self.assertEqual(set(client.smembers("set")), {b"a", b"b"})
        client.zadd("zset", {"a": 1, "b": 2.5, "c": float("inf")})
        scores = [tuple(pair) for pair in client.zrange("zset", 0, -1, withscores=True)]
        self.assertEqual(scores, [(b"a", 1.0), (b"b", 2.5), (b"c", float("inf"))])
        self.assertEqual(client.zscore("zset", "b"), 2.5)
        self.assertEqual(client.incrbyfloat("float", 0.1), 0.1)
        self.assertEqual([str(client.type(key)) for key in ("hash", "zset")], ["b'hash'", "b'zset'"])

    def test_text_instead_of_bytes(self):
        client = self.connect(decode_responses=True)
        client.hset("grüße", mapping={"schlüssel": "süß"})
        self.assertEqual(client.hgetall("grüße"), {"schlüssel": "süß"})
        self.assertEqual(client.keys(), ["grüße"])
        self.assertEqual(client.config_get("databases"), {"databases": "16"})

    def test_large_values(self):
        large = bytes(range(256)) * 4 * 8192  # 8 MB
        self.client.set("large", large)
        self.assertEqual(self.client.strlen("large"), len(large))
        self.assertEqual(self.client.get("large"), large)
        self.client.rpush("list", *range(20_000))
        self.assertEqual(self.client.lrange("list", 0, -1), [b"%d" % n for n in range(20_000)])

    def test_iterators(self):
        names = {b"key:%d" % n for n in range(1000)}
        self.client.mset({name: 1 for name in names})
        self.client.sadd("other", *names)
        self.client.hset("hash", mapping={name: 1 for name in names})
        self.client.zadd("zset", {name: 1 for name in names})
        self.assertEqual(set(self.client.scan_iter(match="key:*", count=50)), names)
        self.assertEqual(set(self.client.scan_iter(_type="zset")), {b"zset"})
        self.assertEqual(set(self.client.sscan_iter("other")), names)
        self.assertEqual({name for name, _ in self.client.hscan_iter("hash")}, names)
        self.assertEqual({name for name, _ in self.client.zscan_iter("zset")}, names)

    def test_streams_and_their_groups(self):
        client = self.client
        ids = [client.xadd("stream", {"n": n}) for n in range(3)]
        self.assertEqual(client.xrange("stream"), [(id, {b"n": b"%d" % n}) for n, id in enumerate(ids)])
        client.xgroup_create("stream", "group", id="0")
        read = client.xreadgroup("group", "me", {"stream": ">"}, count=2)
        entries = read[0][1] if isinstance(read, list) else read[b"stream"][0]
        self.assertEqual([id for id, _ in entries], ids[:2])
        self.assertEqual(client.xack("stream", "group", ids[0]), 1)
        self.assertEqual(client.xpending("stream", "group")["pending"], 1)
        claimed = client.xautoclaim("stream", "group", "you", min_idle_time=0)
        self.assertEqual([id for id, _ in claimed[1]], [ids[1]])
        self.assertEqual(client.xinfo_stream("stream")["length"], 3)
        self.assertEqual(client.xinfo_groups("stream")[0]["consumers"], 2)

    def test_errors_are_exceptions(self):
        self.client.rpush("list", "a")
        with self.assertRaisesRegex(ResponseError, "^WRONGTYPE Operation against a key holding the wrong kind"):
            self.client.get("list")
        with self.assertRaisesRegex(ResponseError, "^unknown command 'NOSUCH', with args beginning with: 'a' "):
            self.client.execute_command("NOSUCH", "a")
        self.assertTrue(self.client.ping())


class Connections(Case):
    def test_the_server_knows_who_is_there(self):
        client = self.connect(client_name="it-is-me")
        me = client.client_info()
        self.assertEqual(me["name"], "it-is-me")
        self.assertEqual(int(me["id"]), client.client_id())
        listed = [other for other in client.client_list() if other["name"] == "it-is-me"]
        self.assertEqual([other["id"] for other in listed], [str(client.client_id())])
        if self.is_at_least("7.2"):
            self.assertEqual((me["lib-name"], me["lib-ver"]), ("redis-py", redis.__version__))
            self.assertEqual(int(me["resp"]), settings.protocol)
        is_unix = settings.url.startswith("unix:")
        self.assertEqual(me["flags"], "U" if is_unix else "N")
        self.assertEqual(me["addr"].endswith(".sock:0"), is_unix)

    def test_databases_are_apart(self):
        third = self.connect(db=3)
        third.set("k", "v")
        self.assertIsNone(self.client.get("k"))
        self.assertEqual(self.client.info("keyspace"), third.info("keyspace"))
        self.assertEqual(third.info("keyspace")["db3"]["keys"], 1)

    def test_a_pool_reuses_its_connections(self):
        before = len(self.client.client_list())
        client = self.connect()
        ids = {client.client_id() for _ in range(20)}
        self.assertEqual(len(ids), 1)
        self.assertEqual(len(self.client.client_list()), before + 1)
        client.connection_pool.disconnect()
        until("the connection is gone", lambda: len(self.client.client_list()) == before)
        self.assertNotIn(client.client_id(), ids)

    def test_a_pool_with_a_limit(self):
        pool = settings.pool(max_connections=1)
        self.addCleanup(pool.disconnect)
        held = pool.get_connection()
        with self.assertRaises(MaxConnectionsError):
            redis.Redis(connection_pool=pool).ping()
        pool.release(held)
        self.assertTrue(redis.Redis(connection_pool=pool).ping())

    def test_threads_share_a_blocking_pool(self):
        pool = settings.pool(redis.BlockingConnectionPool, max_connections=3, timeout=30)
        self.addCleanup(pool.disconnect)
        client = redis.Redis(connection_pool=pool)
        ids, failures = set(), []

        def work():
            try:
                for _ in range(50):
                    client.incr("count")
                    ids.add(client.client_id())
            except Exception as failure:
                failures.append(failure)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(client.get("count"), b"400")
        self.assertLessEqual(len(ids), 3)

    def test_a_blocking_pool_gives_up(self):
        pool = settings.pool(redis.BlockingConnectionPool, max_connections=1, timeout=0.01)
        self.addCleanup(pool.disconnect)
        held = pool.get_connection()
        with self.assertRaisesRegex(ConnectionError, "No connection available"):
            redis.Redis(connection_pool=pool).ping()
        pool.release(held)

    def test_a_health_check_asks_before_the_command(self):
        pool = settings.pool(max_connections=1, health_check_interval=1000)
        self.addCleanup(pool.disconnect)
        client = redis.Redis(connection_pool=pool)
        client.config_resetstat()
        client.get("k")
        self.assertNotIn("cmdstat_ping", client.info("commandstats"))
        connection = pool.get_connection()
        connection.next_health_check = 0  # it is due, as it would be a thousand seconds from now
        pool.release(connection)
        client.get("k")
        self.assertEqual(client.info("commandstats")["cmdstat_ping"]["calls"], 1)

    def test_a_killed_connection_is_made_anew(self):
        client = self.connect()
        id = client.client_id()
        self.assertEqual(self.client.client_kill_filter(_id=id), 1)
        until("it is gone", lambda: str(id) not in [other["id"] for other in self.client.client_list()])
        self.assertTrue(client.ping())
        self.assertNotEqual(client.client_id(), id)

    def test_a_password(self):
        self.client.config_set("requirepass", "se cret")
        self.addCleanup(self.client.config_set, "requirepass", "")
        with self.assertRaises(AuthenticationError):
            self.connect().ping()
        with self.assertRaises(AuthenticationError):
            self.connect(password="wrong").ping()
        self.assertTrue(self.connect(password="se cret").ping())
        self.assertTrue(self.connect(username="default", password="se cret").ping())


class Pipelines(Case):
    def test_a_large_one(self):
        pipe = self.client.pipeline(transaction=False)
        for n in range(2000):
            pipe.set(f"k{n}", n).get(f"k{n}")
        replies = pipe.execute()
        self.assertEqual(replies[0::2], [True] * 2000)
        self.assertEqual(replies[1::2], [b"%d" % n for n in range(2000)])

    def test_more_than_fits_any_buffer(self):
        value = b"x" * 100_000
        pipe = self.client.pipeline(transaction=False)
        for n in range(200):  # 20 MB there, and 20 MB back
            pipe.set(f"k{n}", value).get(f"k{n}")
        self.assertEqual(pipe.execute()[1::2], [value] * 200)

    def test_an_error_is_the_reply_of_its_command_alone(self):
        for transaction in (False, True):
            with self.subTest(transaction=transaction):
                self.client.flushall()
                pipe = self.client.pipeline(transaction=transaction)
                pipe.set("k", "v").lpush("k", "x").get("k")
                replies = pipe.execute(raise_on_error=False)
                self.assertIsInstance(replies[1], ResponseError)
                self.assertEqual([replies[0], replies[2]], [True, b"v"])
                pipe.set("k", "v").lpush("k", "x")
                with self.assertRaisesRegex(ResponseError, r"^Command # 2 \(LPUSH k x\) of pipeline caused error: WRONGTYPE"):
                    pipe.execute()

    def test_a_transaction_that_cannot_be_queued_does_nothing(self):
        pipe = self.client.pipeline()
        pipe.set("k", "v").execute_command("SET", "k")
        with self.assertRaisesRegex(ResponseError, "wrong number of arguments for 'set' command"):
            pipe.execute()
        self.assertIsNone(self.client.get("k"))
        with self.client.client() as connection:
            connection.execute_command("MULTI")
            with self.assertRaises(ResponseError):
                connection.execute_command("SET", "k")
            with self.assertRaisesRegex(ExecAbortError, "Transaction discarded because of previous errors"):
                connection.execute_command("EXEC")

    def test_watch_sees_a_change(self):
        with self.client.pipeline() as pipe:
            pipe.watch("k")
            self.client.set("k", "other")
            pipe.multi()
            pipe.set("k", "mine")
            with self.assertRaises(WatchError):
                pipe.execute()
        self.assertEqual(self.client.get("k"), b"other")

    def test_a_transaction_is_tried_again(self):
        self.client.set("k", 1)
        attempts = []

        def double(pipe):
            value = int(pipe.get("k"))
            attempts.append(value)
            if len(attempts) == 1:
                self.client.set("k", 10)  # somebody else, between the reading and the writing
            pipe.multi()
            pipe.set("k", value * 2)

        self.assertEqual(self.client.transaction(double, "k"), [True])
        self.assertEqual(attempts, [1, 10])
        self.assertEqual(self.client.get("k"), b"20")

    def test_every_type_comes_back_from_a_transaction(self):
        pipe = self.client.pipeline()
        pipe.hset("h", "f", "v").hgetall("h").zadd("z", {"a": 1.5}).zscore("z", "a").get("none").exists("h")
        self.assertEqual(pipe.execute(), [1, {b"f": b"v"}, 1, 1.5, None, 1])


class Scripts(Case):
    def test_a_script_object_loads_itself(self):
        script = self.client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        self.client.script_flush()
        self.assertEqual(script(keys=["k"], args=[5]), 5)
        self.assertEqual(self.client.script_exists(script.sha), [True])
        self.client.script_flush()
        with self.assertRaises(NoScriptError):
            self.client.evalsha(script.sha, 1, "k", 1)
        self.assertEqual(script(keys=["k"], args=[2]), 7)
        pipe = self.client.pipeline()
        self.client.script_flush()
        script(keys=["k"], args=[1], client=pipe)
        pipe.get("k")
        self.assertEqual(pipe.execute(), [8, b"8"])

    def test_what_scripts_return(self):
        replies = self.client.eval("return {1, 3.9, 'text', false, true, {ok='fine'}, {{}}, nil, 'not seen'}", 0)
        self.assertEqual(replies, [1, 3, b"text", None, 1, b"fine", [[]]])
        with self.assertRaisesRegex(ResponseError, "^MY own text"):
            self.client.eval("return redis.error_reply('MY own text')", 0)
        with self.assertRaisesRegex(ResponseError, "WRONGTYPE"):
            self.client.eval("redis.call('SET', KEYS[1], 'v') return redis.call('LPUSH', KEYS[1], 'x')", 1, "k")
        self.assertEqual(self.client.get("k"), b"v")

    def test_maps_and_numbers_of_resp3(self):
        source = "redis.setresp(3) return redis.call('HGETALL', KEYS[1])"
        self.client.hset("h", "f", "v")
        reply = self.client.eval(source, 1, "h")
        self.assertEqual(reply, {b"f": b"v"} if settings.protocol == 3 else [b"f", b"v"])
        reply = self.client.eval("redis.setresp(3) return {double=1.5}", 0)
        self.assertEqual(float(reply), 1.5)

    def test_a_lock(self):
        lock = self.client.lock("lock", timeout=60)
        self.assertTrue(lock.acquire(blocking=False))
        self.assertFalse(self.client.lock("lock", timeout=60).acquire(blocking=False))
        self.assertTrue(lock.extend(60))
        self.assertGreater(self.client.pttl("lock"), 60_000)
        self.assertTrue(lock.reacquire())
        self.client.set("lock", "stolen")
        with self.assertRaises(LockNotOwnedError):
            lock.release()


class Waiting(Case):
    def test_a_pop_that_waits(self):
        popped = []
        other = self.connect()
        thread = threading.Thread(target=lambda: popped.append(other.blpop(["a", "b"], timeout=30)))
        thread.start()
        until("it waits", lambda: self.client.info("clients")["blocked_clients"] == 1)
        self.client.rpush("b", "x")
        thread.join()
        self.assertEqual([tuple(pair) for pair in popped], [(b"b", b"x")])

    def test_a_pop_that_waits_in_vain(self):
        self.assertIsNone(self.client.blpop(["none"], timeout=0.01))
        self.assertIsNone(self.client.blmove("none", "other", timeout=0.01))
        self.assertIsNone(self.client.bzpopmin("none", timeout=0.01))
        self.assertFalse(self.client.xread({"none": "0"}, block=10))
        self.assertTrue(self.client.ping())

    def test_publish_and_subscribe(self):
        subscriber = self.client.pubsub()
        self.addCleanup(subscriber.close)
        subscriber.subscribe("news")
        subscriber.psubscribe("n*")
        listener = subscriber.listen()
        self.assertEqual([next(listener)["type"] for _ in range(2)], ["subscribe", "psubscribe"])
        self.assertEqual(self.client.publish("news", "hello"), 2)
        received = [next(listener) for _ in range(2)]
        self.assertEqual(
            received,
            [
                {"type": "message", "pattern": None, "channel": b"news", "data": b"hello"},
                {"type": "pmessage", "pattern": b"n*", "channel": b"news", "data": b"hello"},
            ],
        )
        self.assertEqual([tuple(pair) for pair in self.client.pubsub_numsub("news")], [(b"news", 1)])
        self.assertEqual((self.client.pubsub_channels(), self.client.pubsub_numpat()), ([b"news"], 1))
        subscriber.ping()
        self.assertEqual(next(listener)["type"], "pong")
        subscriber.unsubscribe()
        subscriber.punsubscribe()
        self.assertEqual([next(listener)["type"] for _ in range(2)], ["unsubscribe", "punsubscribe"])
        self.assertEqual(self.client.publish("news", "hello"), 0)

    def test_handlers_in_a_thread(self):
        subscriber = self.client.pubsub(ignore_subscribe_messages=True)
        seen = []
        subscriber.subscribe(news=lambda message: seen.append(message["data"]))
        thread = subscriber.run_in_thread(daemon=True)
        until("it listens", lambda: self.client.publish("news", "ready") == 1)
        for n in range(100):
            self.client.publish("news", n)
        until("all has come", lambda: self.client.ping() and len(seen) == 101)
        thread.stop()
        thread.join()
        self.assertEqual(seen, [b"ready"] + [b"%d" % n for n in range(100)])

    def test_a_subscription_survives_a_kill(self):
        client = self.connect(retry=Retry(NoBackoff(), 1), retry_on_error=[ConnectionError])
        subscriber = client.pubsub(ignore_subscribe_messages=True)
        self.addCleanup(subscriber.close)
        subscriber.subscribe("news")
        self.assertIsNone(subscriber.get_message(timeout=30))
        self.assertEqual(self.client.client_kill_filter(_type="pubsub"), 1)
        self.assertIsNone(subscriber.get_message(timeout=30))  # it has connected and subscribed again
        self.assertEqual(self.client.publish("news", "again"), 1)
        self.assertEqual(subscriber.get_message(timeout=30)["data"], b"again")

    def test_shard_channels(self):
        subscriber = self.client.pubsub()
        self.addCleanup(subscriber.close)
        subscriber.ssubscribe("shard")
        self.assertEqual(subscriber.get_message(timeout=30)["type"], "ssubscribe")
        self.assertEqual(self.client.spublish("shard", "hello"), 1)
        message = subscriber.get_message(timeout=30)
        self.assertEqual((message["type"], message["channel"], message["data"]), ("smessage", b"shard", b"hello"))

    def test_notifications_of_keys(self):
        self.client.config_set("notify-keyspace-events", "KEA")
        self.addCleanup(self.client.config_set, "notify-keyspace-events", "")
        subscriber = self.client.pubsub(ignore_subscribe_messages=True)
        self.addCleanup(subscriber.close)
        subscriber.psubscribe("__keyevent@0__:*")
        self.assertIsNone(subscriber.get_message(timeout=30))
        self.client.set("k", "v")
        message = subscriber.get_message(timeout=30)
        self.assertEqual((message["channel"], message["data"]), (b"__keyevent@0__:set", b"k"))

    def test_a_monitor(self):
        with self.connect().monitor() as monitor:
            self.client.set("k", b'a "quoted" \xff')
            seen = monitor.next_command()
            self.assertEqual((seen["db"], seen["command"]), (0, r'SET k a "quoted" \xff'))
            is_unix = settings.url.startswith("unix:")
            self.assertEqual(seen["client_type"], "unix" if is_unix else "tcp")


class Administration(Case):
    def test_information(self):
        info = self.client.info()
        self.assertEqual((info["redis_mode"], info["role"]), ("standalone", "master"))
        self.assertGreater(info["total_commands_processed"], 0)
        self.client.set("k", "v" * 100)
        self.assertGreater(self.client.memory_usage("k"), 100)
        self.assertEqual(self.client.object("encoding", "k"), b"raw")
        self.assertEqual(self.client.dbsize(), 1)
        self.assertEqual(len(self.client.time()), 2)
        self.assertEqual(self.client.role()[0], b"master")
        self.assertEqual(self.client.config_get("maxmemory*")["maxmemory"], "0")

    def test_commands_describe_themselves(self):
        commands = self.client.command()
        self.assertEqual(len(commands), self.client.command_count())
        self.assertEqual((commands["get"]["arity"], commands["get"]["first_key_pos"]), (2, 1))
        self.assertEqual([str_if_bytes(key) for key in self.client.command_getkeys("MSET", "a", 1, "b", 2)], ["a", "b"])
        self.assertIn("get", [str_if_bytes(name) for name in self.client.command_list()])

    def test_the_slow_log(self):
        before = self.client.config_get("slowlog-log-slower-than")
        self.addCleanup(self.client.config_set, "slowlog-log-slower-than", before["slowlog-log-slower-than"])
        self.client.config_set("slowlog-log-slower-than", 0)
        self.client.slowlog_reset()
        self.client.get("k")
        self.assertIn(b"GET k", [entry["command"] for entry in self.client.slowlog_get()])


if __name__ == "__main__":
    main()
