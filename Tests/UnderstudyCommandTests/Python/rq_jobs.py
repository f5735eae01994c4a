"""rq: jobs are queued, worked and read, by workers in this process, in forked ones, and in one that waits for work."""

import multiprocessing
import unittest
from datetime import datetime, timedelta, timezone

import redis
from rq import Callback, Queue, Retry, SimpleWorker, Worker
from rq.command import send_shutdown_command
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

import jobs
from settings import main, settings, until


class Case(unittest.TestCase):
    def setUp(self):
        self.connection = settings.client()
        self.addCleanup(self.connection.connection_pool.disconnect)
        self.connection.flushall()
        self.queue = Queue(connection=self.connection)

    def work(self, kind=SimpleWorker, **options):
        """Works until the queue is empty."""
        worker = kind([self.queue], connection=self.connection)
        worker.work(burst=True, logging_level="CRITICAL", **options)
        return worker

    def read(self, job):
        """The job as somebody else finds it."""
        return Job.fetch(job.id, connection=self.connection)


class Working(Case):
    def test_a_job_is_queued_worked_and_read(self):
        job = self.queue.enqueue(jobs.add, 2, 3)
        self.assertEqual((job.get_status(), len(self.queue)), (JobStatus.QUEUED, 1))
        worker = self.work()
        job = self.read(job)
        self.assertEqual((job.get_status(), job.return_value()), (JobStatus.FINISHED, 5))
        self.assertEqual(job.worker_name, worker.name)
        self.assertEqual([result.return_value for result in job.results()], [5])
        self.assertEqual(len(self.queue), 0)
        self.assertEqual(self.queue.finished_job_registry.get_job_ids(), [job.id])
        self.assertEqual(Worker.all(connection=self.connection), [])

    def test_a_forked_worker(self):
        queued = [self.queue.enqueue(jobs.who), self.queue.enqueue(jobs.large, 1000)]
        self.work(Worker)
        done = [self.read(job) for job in queued]
        self.assertEqual([job.get_status() for job in done], [JobStatus.FINISHED] * 2)
        self.assertNotEqual(done[0].return_value(), jobs.who())
        self.assertEqual(done[1].return_value(), jobs.large(1000))

    def test_many_jobs_at_once(self):
        queued = self.queue.enqueue_many([Queue.prepare_data(jobs.add, (n, n)) for n in range(20)])
        self.assertEqual(self.queue.count, 20)
        self.work()
        fetched = Job.fetch_many([job.id for job in queued], connection=self.connection)
        self.assertEqual([job.return_value() for job in fetched], [n + n for n in range(20)])

    def test_jobs_that_depend_on_others(self):
        first = self.queue.enqueue(jobs.note, "order")
        second = self.queue.enqueue(jobs.note, "order", depends_on=first)
        self.assertEqual(second.get_status(), JobStatus.DEFERRED)
        self.assertEqual(self.queue.deferred_job_registry.get_job_ids(), [second.id])
        self.work()
        self.assertEqual(self.connection.lrange("order", 0, -1), [first.id.encode(), second.id.encode()])

    def test_a_worker_waits_for_work_until_it_is_told_to_stop(self):
        worker = multiprocessing.get_context("fork").Process(target=self._wait_for_work, daemon=True)
        worker.start()
        until("it waits", lambda: self.connection.info("clients")["blocked_clients"] == 1)
        job = self.queue.enqueue(jobs.add, 2, 3)
        until("the job is done", lambda: job.get_status() == JobStatus.FINISHED)
        until("it waits again", lambda: self.connection.info("clients")["blocked_clients"] == 1)
        send_shutdown_command(self.connection, "waiting")
        worker.join(30)
        self.assertEqual(worker.exitcode, 0)
        self.assertEqual(Worker.all(connection=self.connection), [])

    def _wait_for_work(self):
        connection = settings.client()
        worker = SimpleWorker(["default"], connection=connection, name="waiting")
        worker.work(logging_level="CRITICAL")


class Failing(Case):
    def test_a_job_that_fails(self):
        job = self.queue.enqueue(jobs.fail, "on purpose")
        self.work()
        job = self.read(job)
        self.assertEqual((job.get_status(), job.return_value()), (JobStatus.FAILED, None))
        self.assertIn("ValueError: on purpose", job.latest_result().exc_string)
        registry = self.queue.failed_job_registry
        self.assertEqual(registry.get_job_ids(), [job.id])
        registry.requeue(job)
        self.assertEqual((len(registry), self.queue.job_ids), (0, [job.id]))

    def test_a_forked_worker_survives_a_job_that_fails(self):
        failing, fine = self.queue.enqueue(jobs.fail, "on purpose"), self.queue.enqueue(jobs.add, 1, 1)
        self.work(Worker)
        self.assertEqual(self.read(failing).get_status(), JobStatus.FAILED)
        self.assertEqual(self.read(fine).return_value(), 2)

    def test_a_job_is_tried_again(self):
        job = self.queue.enqueue(jobs.fail_first, 2, retry=Retry(max=3))
        self.work()
        job = self.read(job)
        self.assertEqual((job.get_status(), job.return_value()), (JobStatus.FINISHED, 3))
        self.assertEqual((job.meta, job.retries_left), ({"tries": 3}, 1))

    def test_who_asked_to_be_told(self):
        self.queue.enqueue(jobs.add, 1, 1, on_success=Callback(jobs.succeeded), on_failure=Callback(jobs.failed))
        self.queue.enqueue(jobs.fail, "x", on_success=Callback(jobs.succeeded), on_failure=Callback(jobs.failed))
        self.work()
        self.assertEqual(self.connection.lrange("callbacks", 0, -1), [b"succeeded 2", b"failed x"])

    def test_a_job_is_cancelled(self):
        job = self.queue.enqueue(jobs.add, 1, 1)
        job.cancel()
        self.work()
        self.assertEqual(self.read(job).get_status(), JobStatus.CANCELED)
        self.assertEqual(self.queue.canceled_job_registry.get_job_ids(), [job.id])


class Timing(Case):
    def test_a_job_for_later(self):
        now = datetime.now(timezone.utc)
        due = self.queue.enqueue_at(now - timedelta(seconds=1), jobs.add, 2, 3)
        later = self.queue.enqueue_at(now + timedelta(days=1), jobs.add, 3, 4)
        registry = self.queue.scheduled_job_registry
        self.assertEqual(registry.get_job_ids(), [due.id, later.id])
        self.assertEqual(registry.get_scheduled_time(later).date(), (now + timedelta(days=1)).date())
        self.work(with_scheduler=True)
        self.assertEqual(self.read(due).return_value(), 5)
        self.assertEqual(self.read(later).get_status(), JobStatus.SCHEDULED)
        self.assertEqual(registry.get_job_ids(), [later.id])

    def test_a_result_lives_as_long_as_it_should(self):
        brief = self.queue.enqueue(jobs.add, 1, 1, result_ttl=60)
        lasting = self.queue.enqueue(jobs.add, 1, 1, result_ttl=-1)
        self.work()
        self.assertIn(self.connection.ttl(brief.key), range(1, 61))
        self.assertEqual(self.connection.ttl(lasting.key), -1)
        if settings.control is None:
            return
        control = redis.Redis.from_url(settings.control)
        self.addCleanup(control.connection_pool.disconnect)
        self.addCleanup(control.execute_command, "LAB.CLOCK", "data", "REAL")
        control.execute_command("LAB.CLOCK", "data", "ADVANCE", 60_000)
        with self.assertRaises(NoSuchJobError):
            self.read(brief)
        self.assertEqual(self.read(lasting).return_value(), 2)


if __name__ == "__main__":
    main()
