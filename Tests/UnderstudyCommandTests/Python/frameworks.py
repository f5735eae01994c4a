"""Frameworks that keep their work in Redis: celery, dramatiq, huey, django-redis, channels and limits. Each does what it is
for: a job queued, worked and read; a lock taken and released; a message to a group; a rate limit hit."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
import unittest

import celery.exceptions
import django
import dramatiq
import huey
import huey.exceptions
import limits
from celery.result import GroupResult
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend
from dramatiq.results.errors import ResultFailure
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

import tasks
from settings import main, settings, until


class Case(unittest.TestCase):
    def setUp(self):
        # Workers tell of the tasks that are meant to fail.
        logging.disable(logging.CRITICAL)
        self.client = settings.client()
        self.addCleanup(self.client.connection_pool.disconnect)
        self.client.flushall()


class Celery(Case):
    """A worker of its own process, as they are run."""

    def setUp(self):
        super().setUp()
        self.app = tasks.celery_app(settings.url)
        environment = os.environ | {"BROKER": settings.url}
        command = [sys.executable, "-B", "-m", "celery", "--app", "tasks:worker_app", "worker", "--pool", "solo", "--loglevel", "ERROR"]
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(worker.wait, 30)
        self.addCleanup(worker.terminate)
        self.addCleanup(self.app.close)
        until("the worker answers", lambda: self.app.control.ping(timeout=0.5))

    def test_jobs_are_queued_worked_and_read(self):
        self.assertEqual(self.app.signature("tasks.add", (2, 3)).delay().get(timeout=30), 5)
        with self.assertRaisesRegex(ValueError, "no good"):
            self.app.signature("tasks.fail", ("no good",)).delay().get(timeout=30)
        add = self.app.signature("tasks.add")
        chain = self.app.signature("tasks.add", (1, 2)) | self.app.signature("tasks.add", (10,))
        self.assertEqual(chain.delay().get(timeout=30), 13)
        group = celery.group(add.clone((n, n)) for n in range(5)).delay()
        self.assertIsInstance(group, GroupResult)
        self.assertEqual(group.get(timeout=30), [0, 2, 4, 6, 8])
        chord = celery.chord([add.clone((n, n)) for n in range(5)], self.app.signature("tasks.total"))
        self.assertEqual(chord.delay().get(timeout=30), 20)


class Dramatiq(Case):
    def test_jobs_are_queued_worked_and_read(self):
        broker = RedisBroker(url=settings.url)
        broker.add_middleware(Results(backend=RedisBackend(url=settings.url)))
        dramatiq.set_broker(broker)

        @dramatiq.actor(broker=broker, store_results=True, max_retries=0)
        def add(a, b):
            return a + b

        @dramatiq.actor(broker=broker, store_results=True, max_retries=0)
        def fail(text):
            raise ValueError(text)

        worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=2)
        worker.start()
        self.addCleanup(broker.close)
        self.addCleanup(worker.stop)
        messages = [add.send(n, n) for n in range(10)]
        self.assertEqual([message.get_result(block=True, timeout=30000) for message in messages], [n + n for n in range(10)])
        with self.assertRaises(ResultFailure):
            fail.send("no good").get_result(block=True, timeout=30000)
        self.assertEqual(add.send_with_options(args=(1, 2), delay=1).get_result(block=True, timeout=30000), 3)
        broker.join(add.queue_name, timeout=30000)


class Huey(Case):
    def test_jobs_are_queued_worked_and_read(self):
        queue = huey.PriorityRedisHuey("work", url=settings.url)

        @queue.task()
        def add(a, b):
            return a + b

        @queue.task()
        def fail(text):
            raise ValueError(text)

        consumer = queue.create_consumer(workers=2, periodic=False)
        consumer.start()
        self.addCleanup(consumer.stop, graceful=True)
        results = [add(n, n) for n in range(10)]
        self.assertEqual([result.get(blocking=True, timeout=30) for result in results], [n + n for n in range(10)])
        with self.assertRaisesRegex(huey.exceptions.TaskException, "no good"):
            fail("no good").get(blocking=True, timeout=30)
        with queue.lock_task("door"), self.assertRaises(huey.exceptions.TaskLockedException):
            with queue.lock_task("door"):
                pass
        self.assertEqual(len(queue), 0)


class DjangoRedis(Case):
    @classmethod
    def setUpClass(cls):
        # Not above: the loader of tests looks into all that a module holds, which Django's settings do not bear.
        from django.conf import settings as django_settings

        cache = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": settings.url}
        django_settings.configure(CACHES={"default": cache}, SESSION_ENGINE="django.contrib.sessions.backends.cache")
        django.setup()

    def test_values_counters_patterns_and_locks(self):
        from django.core.cache import cache

        self.assertTrue(cache.set("a", {"deep": [1, "süß", None]}, timeout=60))
        self.assertEqual(cache.get("a"), {"deep": [1, "süß", None]})
        self.assertFalse(cache.add("a", 1))
        self.assertEqual(cache.incr("a") if cache.set("a", 1) else None, 2)
        cache.set_many({"p:1": 1, "p:2": 2, "q:1": 3})
        self.assertEqual(cache.get_many(["p:1", "p:2", "none"]), {"p:1": 1, "p:2": 2})
        self.assertEqual(set(cache.iter_keys("p:*")), {"p:1", "p:2"})
        self.assertEqual(cache.delete_pattern("p:*"), 2)
        self.assertTrue(59 <= cache.ttl("b") <= 60 if cache.set("b", 1, timeout=60) else False)
        with cache.lock("door", timeout=30):
            self.assertFalse(cache.lock("door", timeout=30).acquire(blocking=False))
        self.assertTrue(cache.lock("door", timeout=30).acquire(blocking=False))

    def test_a_session(self):
        from django.contrib.sessions.backends.cache import SessionStore

        session = SessionStore()
        session["user"] = 7
        session.save()
        self.assertEqual(SessionStore(session_key=session.session_key)["user"], 7)
        session.flush()
        self.assertNotIn("user", SessionStore(session_key=session.session_key))


class Channels(unittest.TestCase):
    def test_groups_and_channels(self):
        from channels_redis.core import RedisChannelLayer
        from channels_redis.pubsub import RedisPubSubChannelLayer

        async def work(kind):
            layer = kind(hosts=[settings.url], prefix=kind.__name__)
            channels = [await layer.new_channel() for _ in range(3)]
            for channel in channels[:2]:
                await layer.group_add("room", channel)
            await layer.group_send("room", {"type": "greet", "text": "hello"})
            heard = await asyncio.wait_for(asyncio.gather(*(layer.receive(channel) for channel in channels[:2])), 30)
            await layer.send(channels[2], {"type": "whisper", "bytes": b"\x00\xff"})
            heard.append(await asyncio.wait_for(layer.receive(channels[2]), 30))
            await layer.flush()
            return heard

        for kind in (RedisChannelLayer, RedisPubSubChannelLayer):
            heard = asyncio.run(work(kind))
            self.assertEqual(heard[:2], [{"type": "greet", "text": "hello"}] * 2)
            self.assertEqual(heard[2], {"type": "whisper", "bytes": b"\x00\xff"})


class Limits(Case):
    def test_every_strategy(self):
        storage = RedisStorage(settings.url.replace("unix://", "redis+unix://"))
        self.addCleanup(storage.storage.connection_pool.disconnect)
        self.assertTrue(storage.check())
        hour = limits.parse("3/hour")
        for strategy in (FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter):
            limiter = strategy(storage)
            name = strategy.__name__
            self.assertEqual([limiter.hit(hour, name) for _ in range(5)], [True] * 3 + [False] * 2, name)
            self.assertEqual(limiter.get_window_stats(hour, name).remaining, 0)
            limiter.clear(hour, name)
            self.assertTrue(limiter.test(hour, name))

    def test_many_at_once_are_let_in_as_often_as_allowed(self):
        storage = RedisStorage(settings.url.replace("unix://", "redis+unix://"))
        self.addCleanup(storage.storage.connection_pool.disconnect)
        limiter, limit, hits = MovingWindowRateLimiter(storage), limits.parse("10/hour"), []
        threads = [threading.Thread(target=lambda: hits.extend(limiter.hit(limit, "door") for _ in range(5))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual((hits.count(True), hits.count(False)), (10, 30))


if __name__ == "__main__":
    main()
