"""What the workers of rq_jobs.py do. Functions that a worker runs are found by their names, so they need a module."""

import os
import uuid

from rq import get_current_job


def add(a, b):
    return a + b


def large(count):
    return {"bytes": bytes(range(256)) * count, "text": "süß" * count}


def who():
    return os.getpid()


def fail(text):
    raise ValueError(text)


def fail_first(times):
    """Fails so many times, and says then how often it was tried."""
    job = get_current_job()
    job.meta["tries"] = job.meta.get("tries", 0) + 1
    job.save_meta()
    if job.meta["tries"] <= times:
        raise ValueError(f"try {job.meta['tries']}")
    return job.meta["tries"]


def note(connection_key):
    """Leaves a note where the test finds it."""
    job = get_current_job()
    job.connection.rpush(connection_key, job.id)
    return uuid.uuid4().hex


def succeeded(job, connection, result):
    connection.rpush("callbacks", f"succeeded {result}")


def failed(job, connection, kind, value, traceback):
    connection.rpush("callbacks", f"failed {value}")
