"""Starting the program, and joining one that `understudy run` has started."""

from __future__ import annotations

import atexit
import collections
import json
import os
import shutil
import subprocess
import threading
from typing import Any, Optional
from urllib.parse import quote

from .control import Control
from .values import UnderstudyError


def find_binary(path: Optional[str] = None) -> str:
    """The program: the argument, else what UNDERSTUDY names, else `understudy` on PATH."""
    wanted = path or os.environ.get("UNDERSTUDY") or "understudy"
    found = shutil.which(wanted)
    if found is None:
        raise UnderstudyError(
            f"there is no program '{wanted}': build it (swift build -c release --product understudy), and put it on PATH "
            "or name it in the environment variable UNDERSTUDY")
    return found


class Server(Control):
    """A server and its lab. One that was started here ends with `stop`, with the context, or with this process."""

    def __init__(self, control_url: str, url: str, process: Optional[Process] = None) -> None:
        super().__init__(control_url, url)
        self._process = process

    @property
    def is_own(self) -> bool:
        """Whether it was started here: a joined one has other clients, and a report of its own."""
        return self._process is not None

    @property
    def log(self) -> str:
        """The last lines that it said."""
        return self._process.log if self._process else ""

    def stop(self) -> None:
        """Ends it if it was started here, else only the control connection."""
        self.close()
        if self._process:
            self._process.stop()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Process:
    """The program from its start to its end. A thread reads what it says, so that it never waits for a reader."""

    def __init__(self, command: list[str], timeout: float) -> None:
        self._lines: collections.deque[str] = collections.deque(maxlen=200)
        self._announced = threading.Event()
        self._announcement: dict[str, Any] = {}
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace")
        except OSError as error:
            raise UnderstudyError(f"{command[0]} cannot be run: {error}") from error
        # The server ends with this process; this is for what it would leave behind where a parent's end is not told.
        atexit.register(self.stop)
        threading.Thread(target=self._read, name="understudy-log", daemon=True).start()
        if not self._announced.wait(timeout) or not self._announcement:
            self.stop()
            raise UnderstudyError(f"{' '.join(command)} did not start:\n{self.log}")

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with stream:
            for line in stream:
                self._lines.append(line)
                if line.startswith("{") and not self._announced.is_set():
                    self._announcement = json.loads(line)
                    self._announced.set()
        self._announced.set()

    def __getitem__(self, field: str) -> Any:
        return self._announcement[field]

    @property
    def log(self) -> str:
        return "".join(self._lines)

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start(
    *arguments: str, binary: Optional[str] = None, seed: Optional[int] = None, version: Optional[str] = None,
    password: Optional[str] = None, timeout: float = 30,
) -> Server:
    """Starts a server on free ports, and returns when clients can connect.

    `arguments` are directives as redis-server takes them: `start("--maxmemory", "5mb")`. The server ends with the thread
    that starts it, if not before: on Linux that is what ends it when this process is killed.
    """
    command = [find_binary(binary), "--port", "auto", "--control-port", "auto", "--exit-with-parent", "yes"]
    for name, value in (("--seed", seed), ("--emulate-version", version), ("--requirepass", password)):
        command += [] if value is None else [name, str(value)]
    process = Process([*command, *arguments], timeout)
    host = f"[{process['host']}]" if ":" in process["host"] else process["host"]
    login = f":{quote(password, safe='')}@" if password else ""
    try:
        return Server(f"redis://{host}:{process['controlPort']}", f"redis://{login}{host}:{process['port']}", process)
    except UnderstudyError:
        process.stop()
        raise


def join() -> Optional[Server]:
    """The server that `understudy run` has started around this process; None if there is none."""
    control_url = os.environ.get("UNDERSTUDY_CONTROL_URL")
    return Server(control_url, os.environ.get("REDIS_URL", control_url)) if control_url else None
