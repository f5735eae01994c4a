"""The tasks of frameworks.py's celery. A worker finds them by the name of their module; `BROKER` names its server."""

import os

from celery import Celery


def celery_app(url):
    broker = url.replace("unix://", "redis+socket://")
    app = Celery("tasks", broker=broker, backend=broker, set_as_current=False)
    app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)

    @app.task(name="tasks.add")
    def add(a, b):
        return a + b

    @app.task(name="tasks.total")
    def total(numbers):
        return sum(numbers)

    @app.task(name="tasks.fail")
    def fail(text):
        raise ValueError(text)

    return app


if "BROKER" in os.environ:
    worker_app = celery_app(os.environ["BROKER"])
