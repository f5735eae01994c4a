"""What the lab says of real programs: the ledger's figures of pools, misuse that draws its finding, and well-behaved
libraries that draw none.

Each test opens an endpoint of its own over the control port, and gives its programs that endpoint's URL.
"""

import json
import threading
import unittest

import redis
from rq import Queue, SimpleWorker

import frameworks
import jobs
from settings import main, settings, until


class Case(unittest.TestCase):
    count = 0

    def setUp(self):
        self.control = redis.Redis.from_url(settings.control, decode_responses=True)
        self.addCleanup(self.control.connection_pool.disconnect)
        Case.count += 1
        self.name = f"case-{Case.count}-resp{settings.protocol}"
        port = self.control.execute_command("LAB.ENDPOINT", "OPEN", self.name)
        self.url = f"redis://127.0.0.1:{port}"
        self.addCleanup(self.control.execute_command, "LAB.ENDPOINT", "CLOSE", self.name)

    def client(self, **options):
        client = redis.Redis.from_url(self.url, protocol=settings.protocol, decode_responses=True, **options)
        self.addCleanup(client.connection_pool.disconnect)
        return client

    def wait(self, *condition):
        self.control.execute_command("LAB.WAIT", self.name, *condition, "TIMEOUT", 30_000)

    def figures(self):
        total = json.loads(self.control.execute_command("LAB.LEDGER", self.name, "JSON"))["total"]
        return tuple(total[name] for name in ("opens", "peakOpen", "peakBusy", "turnover", "openedWhileIdle"))

    def findings(self, least="high"):
        found = json.loads(self.control.execute_command("LAB.FINDINGS", "MIN", least, self.name, "JSON"))
        self.messages = [finding["message"] for finding in found]
        return sorted({finding["rule"] for finding in found})

    def assertFindings(self, rules, least="high"):
        self.assertEqual(self.findings(least), rules, self.messages)


class Pools(Case):
    """The figures of programs as the ledger tells them."""

    def test_a_good_pool(self):
        client = self.client(max_connections=6)
        threads = [threading.Thread(target=client.blpop, args=("queue", 30)) for _ in range(6)]
        for thread in threads:
            thread.start()
        self.wait("blocked", 6)
        self.control.execute_command("LAB.EXPECT", self.name, "peakopen", "<=", 6)
        helper = settings.client()
        self.addCleanup(helper.connection_pool.disconnect)
        for _ in threads:
            helper.rpush("queue", "x")
        for thread in threads:
            thread.join(30)
        for number in range(20):
            client.get(f"k{number % 2}")
        self.assertEqual(self.figures(), (6, 6, 6, 1, 0))
        self.assertFindings([], "medium")

    def test_a_client_for_each_request(self):
        for number in range(20):
            client = redis.Redis.from_url(self.url)
            client.set(f"k{number}", "v")
            client.close()
            self.wait("open", 0)
        self.assertEqual(self.figures(), (20, 1, 1, 20, 0))
        self.assertFindings(["conn.churn"])

    def test_a_client_for_each_request_that_is_never_closed(self):
        clients = [self.client() for _ in range(20)]
        for number, client in enumerate(clients):
            client.set(f"k{number}", "v")
        self.assertEqual(self.figures(), (20, 20, 1, 1, 19))
        self.assertFindings(["conn.leak"])

    def test_a_pool_with_spare_connections(self):
        client = self.client()
        pool = client.connection_pool
        for connection in [pool.get_connection() for _ in range(5)]:
            pool.release(connection)
        for number in range(20):
            client.set(f"k{number % 2}", "v")
        self.assertEqual(self.figures()[0], 5)
        self.assertFindings([], "medium")

    def test_a_pool_that_rotates_by_age(self):
        client = self.client()
        for age in range(5):
            for number in range(5):
                client.incr(f"n{number % 2}")
            client.connection_pool.disconnect()
            self.wait("open", 0)
        self.assertEqual(self.figures()[:2], (5, 1))
        self.assertFindings([], "medium")


class Misuse(Case):
    def test_an_own_write_to_a_watched_key(self):
        client = self.client()
        client.set("stock", 5)
        with client.pipeline() as pipeline:
            pipeline.watch("stock")
            pipeline.getset("stock", 4)
            pipeline.multi()
            pipeline.incr("sold")
            with self.assertRaises(redis.WatchError):
                pipeline.execute()
        self.assertFindings(["tx.self-dirtied"])
        self.assertRegex(self.messages[0], r"WATCH stock \(#\d+\) → GETSET on the same connection \(#\d+\) → EXEC nil")

    def test_a_transaction_over_two_connections(self):
        one, two = self.client(single_connection_client=True), self.client(single_connection_client=True)
        one.execute_command("MULTI")
        two.set("k", 1)
        with self.assertRaisesRegex(redis.ResponseError, "EXEC without MULTI"):
            two.execute_command("EXEC")
        one.execute_command("DISCARD")
        self.assertFindings(["tx.split"])

    def test_a_connection_that_goes_back_dirty(self):
        client = self.client(single_connection_client=True)
        client.get("k")
        client.execute_command("WATCH", "k")
        self.control.execute_command("LAB.MARK", "return", "CLIENT", client.client_id())
        client.execute_command("UNWATCH")
        self.assertFindings(["state.dirty"])

    def test_a_lock_without_an_owner(self):
        client = self.client()
        client.set("door", 1, nx=True, ex=30)
        client.delete("door")
        self.assertFindings(["lock.unchecked-release"])

    def test_a_counter_that_may_live_for_ever(self):
        client = self.client()
        if client.incr("hits") == 1:
            client.expire("hits", 60)
        self.assertFindings(["atomic.incr-expire"])

    def test_scripts_with_values_in_them(self):
        client = self.client()
        for number in range(4):
            client.eval(f"return redis.call('SET', KEYS[1], 'value {number}')", 1, "k")
        self.assertFindings(["script.literal-args"])

    def test_a_deadline_that_is_lost(self):
        client = self.client()
        client.set("cache", 1, ex=60)
        client.set("cache", 2)
        self.assertFindings(["ttl.lost"])

    def test_one_by_one(self):
        client = self.client()
        self.control.execute_command("LAB.RULE", "LIMIT", "round-trip-gap-ms", 10_000)
        for number in range(100):
            client.get(f"user:{number}")
        self.assertFindings(["roundtrip.n+1"], "medium")


class WellBehaved(Case):
    def borrow(self, case, test):
        """Runs a test of another program against this one's endpoint."""
        url = settings.url
        settings.url = self.url
        try:
            result = unittest.TestResult()
            case(test).run(result)
        finally:
            settings.url = url
        self.assertEqual([text for _, text in result.errors + result.failures], [])

    def test_celery(self):
        self.borrow(frameworks.Celery, "test_jobs_are_queued_worked_and_read")
        self.assertGreater(self.figures()[4], 0)
        self.assertFindings([])

    def test_dramatiq(self):
        self.borrow(frameworks.Dramatiq, "test_jobs_are_queued_worked_and_read")
        self.assertFindings([])

    def test_huey(self):
        self.borrow(frameworks.Huey, "test_jobs_are_queued_worked_and_read")
        self.assertFindings([])

    def test_limits(self):
        self.borrow(frameworks.Limits, "test_every_strategy")
        self.assertFindings([])

    def test_locks(self):
        client = self.client()
        for _ in range(3):
            with client.lock("door", timeout=30) as lock:
                lock.extend(30)
                self.assertFalse(client.lock("door").acquire(blocking=False))
        self.assertFindings([])

    def test_rq(self):
        """Its worker releases what it has set with NX without a look, which is so, and nothing else."""
        connection = redis.Redis.from_url(self.url)
        self.addCleanup(connection.connection_pool.disconnect)
        queue = Queue(connection=connection)
        work = [queue.enqueue(jobs.add, number, number) for number in range(5)]
        worker = SimpleWorker([queue], connection=connection)
        worker.work(burst=True, logging_level="CRITICAL", with_scheduler=True)
        until("the jobs are done", lambda: all(job.is_finished for job in work))
        self.assertIn(self.findings(), ([], ["lock.unchecked-release"]), self.messages)


if __name__ == "__main__":
    main()
