"""The verbs of the control port, typed: one method each, in the order of `LAB.HELP`. A new verb is a method here.

Times are seconds, or `timedelta`; the server's milliseconds do not leave this file.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Optional, Union
from urllib.parse import quote, unquote, urlsplit

from .resp import Connection, Word
from .values import Allow, ClockState, Finding, Firing, Ledger, UnderstudyError

Seconds = Union[int, float, timedelta]
Names = Union[str, Sequence[str]]


def _milliseconds(time: Seconds) -> int:
    return round((time.total_seconds() if isinstance(time, timedelta) else time) * 1000)


def _each(token: str, names: Names) -> list[Word]:
    return [word for name in ([names] if isinstance(names, str) else names) for word in (token, name)]


def _given(**words: Optional[Word]) -> list[Word]:
    """Tokens and their values, for those that were given."""
    return [word for token, value in words.items() if value is not None for word in (token, value)]


class Control:
    """A server's lab, by the address of its control port.

    `url` is the data port's, with the password that an endpoint of it asks for as well.
    """

    def __init__(self, control_url: str, url: str) -> None:
        address = urlsplit(control_url)
        self.url = url
        self.control_url = control_url
        password = None if address.password is None else unquote(address.password)
        self._connection = Connection(address.hostname or "127.0.0.1", address.port or 6379, password=password)
        self._lock = threading.Lock()
        self._count = 0
        #: Endpoints that were opened here, and are open.
        self.endpoints: list[Endpoint] = []
        #: Rules that were added here and are there, and those that went without having bitten.
        self.faults: list[Fault] = []
        self.never_fired: list[Fault] = []

    def close(self) -> None:
        """Ends the control connection."""
        self._connection.close()

    def call(self, *words: Word, timeout: Optional[float] = None) -> Any:
        """Any verb, as `redis-cli` would send it; what is answered as `str`, `int`, `list`, `dict` or `None`."""
        return self._connection.call(*words, timeout=timeout)

    def _name(self, prefix: str) -> str:
        with self._lock:
            self._count += 1
            return f"{prefix}-{self._count}"

    # Clocks, and data

    def clock(self, name: str = "data") -> Clock:
        """A clock: `data` (times to live), `wait` (blocking commands, delays) or `script` (time limits)."""
        return Clock(self, name)

    def snapshot(self, name: str) -> Snapshot:
        """A name for all data of the server; `save` and `restore` take a constant time."""
        return Snapshot(self, name)

    def reset(self, part: str = "all") -> None:
        """Forgets `data`, `ledger` (and findings), `faults`, or all of them."""
        self.call("LAB.RESET", part)
        if part.lower() in ("all", "faults"):
            self.faults.clear()
            self.never_fired.clear()

    # Endpoints

    def endpoint(self, name: Optional[str] = None, *, tls: bool = False, unix: Optional[str] = None) -> Endpoint:
        """Opens a way in of its own over the same data, for one client under test."""
        name = name or self._name("endpoint")
        where: list[Word] = ["TLS"] if tls else ["UNIX", unix] if unix else []
        endpoint = Endpoint(self, name, self.call("LAB.ENDPOINT", "OPEN", name, *where), is_tls=tls)
        self.endpoints.append(endpoint)
        return endpoint

    @property
    def default(self) -> Endpoint:
        """The server's own port, as an endpoint. `record(True)` writes down what its clients do."""
        return Endpoint(self, "default", urlsplit(self.url).port or 6379)

    def ledger(self, endpoint: Optional[str] = None) -> Ledger:
        """What clients did, at one endpoint or all."""
        return Ledger.of(json.loads(self.call("LAB.LEDGER", *_some(endpoint), "JSON")))

    # Findings

    def findings(self, at_least: str = "info", endpoint: Optional[str] = None) -> list[Finding]:
        """What is wrong with the calling code, the surest first."""
        found = json.loads(self.call("LAB.FINDINGS", "MIN", at_least, *_some(endpoint), "JSON"))
        return [Finding.of(each) for each in found]

    def finish(
        self, fail_on: str = "certain", endpoint: Optional[str] = None, allow: Iterable[Allow] = ()
    ) -> None:
        """The verdict at the end of a test: raises if there are findings of that certainty or above."""
        for each in allow:
            self.allow(each)
        try:
            self.call("LAB.FINISH", "FAILON", fail_on, *_some(endpoint))
        except UnderstudyError as error:
            if not str(error).startswith("FINDINGS"):
                raise
            raise UnderstudyError(str(error), tuple(self.findings(fail_on, endpoint))) from None

    def allow(self, allowance: Allow) -> None:
        """Lets findings pass that are known."""
        of = _given(KEY=allowance.key, IDENTITY=allowance.identity, ENDPOINT=allowance.endpoint, WHY=allowance.why)
        self.call("LAB.ALLOW", "ADD", allowance.rule, *of)

    def mark(self, mark: str, *, client: Optional[int] = None, local_port: Optional[int] = None) -> None:
        """Says what only a test knows: `checkout` and `return` of a connection, or a `checkpoint` for all."""
        self.call("LAB.MARK", mark, *_given(CLIENT=client, LOCALPORT=local_port))

    # Faults

    def fault(
        self, stage: str, action: str, *arguments: Word, endpoint: Optional[str] = None, command: Names = (),
        family: Names = (), group: Names = (), flag: Names = (), without_flag: Names = (), key: Optional[str] = None,
        client: Optional[str] = None, library: Optional[str] = None, user: Optional[str] = None,
        connection: Optional[int] = None, db: Optional[int] = None, after: Optional[int] = None,
        times: Optional[int] = None, probability: Optional[float] = None, shared: bool = False,
        lasting: Optional[Seconds] = None, id: Optional[str] = None,
    ) -> Fault:
        """Adds a rule: at which stage what goes wrong, and which commands it is about (all, if nothing is said).

        `stage` and `action` are the server's words: `fault("afterExecution", "RESET", family="incr", times=1)`; a stage
        that wants a number has it behind a blank: `"replyByte 7"`, `"idle 30000"`.
        """
        id = id or self._name("fault")
        of = [*_given(ENDPOINT=endpoint), *_each("COMMAND", command), *_each("FAMILY", family), *_each("GROUP", group)]
        of += [*_each("FLAG", flag), *_each("NOFLAG", without_flag)]
        of += _given(KEY=key, CLIENT=client, LIBRARY=library, USER=user, CONNECTION=connection, DB=db)
        of += [*_given(AFTER=after, TIMES=times, PROB=probability), *(["SHARED"] if shared else [])]
        of += _given(FOR=None if lasting is None else _milliseconds(lasting))
        self.call("LAB.FAULT", "ADD", id, *of, "DO", *stage.split(), action, *arguments)
        fault = Fault(self, id, must_fire=probability is None or probability >= 1)
        self.faults.append(fault)
        return fault

    def list_faults(self) -> list[dict[str, Any]]:
        """The rules that there are, and how often each has bitten."""
        return list(self.call("LAB.FAULT", "LIST"))

    def preset(self, name: str, endpoint: str, other: Optional[str] = None) -> Fault:
        """Lets happen what operators know by one word: failover, loading, oom, maxclients …"""
        fault = Fault(self, self.call("LAB.PRESET", name, endpoint, *_some(other)), must_fire=False)
        self.faults.append(fault)
        return fault

    def unfired(self) -> list[str]:
        """The ids of rules that never bit, though nothing was left to chance: usually a mistake in the test."""
        never = [fault.id for fault in self.never_fired]
        return never + [fault.id for fault in self.faults if fault.must_fire and fault.fired == 0]

    def quotas(self) -> list[dict[str, Any]]:
        """The quotas that there are, and what exceeded them."""
        return list(self.call("LAB.QUOTA"))


def _some(word: Optional[str]) -> list[Word]:
    return [] if word is None else [word]


class Endpoint:
    """A way in of its own for one client under test: what goes wrong there, and what its clients did."""

    def __init__(self, control: Control, name: str, where: Union[int, str], is_tls: bool = False) -> None:
        self.control = control
        self.name = name
        server = urlsplit(control.url)
        self.host = server.hostname or "127.0.0.1"
        self.port = where if isinstance(where, int) else 0
        self.path = None if isinstance(where, int) else where
        login = server.netloc.rpartition("@")[0]
        login = f"{login}@" if login else ""
        #: What a client takes, with the password if there is one.
        self.url = f"unix://{login}{quote(str(where))}"
        if self.path is None:
            host = f"[{self.host}]" if ":" in self.host else self.host
            self.url = f"{'rediss' if is_tls else 'redis'}://{login}{host}:{where}"

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the listener and its connections."""
        self.control.call("LAB.ENDPOINT", "CLOSE", self.name)
        self.control.endpoints = [each for each in self.control.endpoints if each is not self]

    def record(self, is_full: bool) -> None:
        """Whether later connections have their commands written down; opened endpoints have, `default` has not."""
        self.control.call("LAB.ENDPOINT", "LEVEL", self.name, "full" if is_full else "counters")

    def ledger(self) -> Ledger:
        """What its clients did."""
        return self.control.ledger(self.name)

    def findings(self, at_least: str = "info") -> list[Finding]:
        """What is wrong with its clients."""
        return self.control.findings(at_least, self.name)

    def finish(self, fail_on: str = "certain", allow: Iterable[Allow] = ()) -> None:
        """The verdict on its clients: raises if there are findings of that certainty or above."""
        self.control.finish(fail_on, self.name, allow)

    def wait(self, figure: str, comparison: str, value: float, timeout: Seconds = 5) -> None:
        """Waits, without asking again and again, until a figure is as it should be: `wait("blocked", "==", 1)`."""
        ms = _milliseconds(timeout)
        self.control.call("LAB.WAIT", self.name, figure, comparison, value, "TIMEOUT", ms, timeout=ms / 1000)

    def expect(self, figure: str, comparison: str, value: float) -> None:
        """Raises unless a figure is as it should be now: `expect("peak-open", "<=", 10)`."""
        self.control.call("LAB.EXPECT", self.name, figure, comparison, value)

    def fault(self, stage: str, action: str, *arguments: Word, **of: Any) -> Fault:
        """Adds a rule about its clients: see `Control.fault`."""
        return self.control.fault(stage, action, *arguments, endpoint=self.name, **of)

    def preset(self, name: str, other: Optional[Endpoint] = None) -> Fault:
        """Lets a preset happen to its clients; `other` is where they shall go to."""
        return self.control.preset(name, self.name, None if other is None else other.name)

    def quota(
        self, *, connections: Optional[int] = None, in_flight: Optional[int] = None, then: str = "error"
    ) -> None:
        """Limits its connections and commands in flight; without a limit, none is left."""
        limits = _given(CONNECTIONS=connections, INFLIGHT=in_flight)
        self.control.call("LAB.QUOTA", self.name, *([*limits, "THEN", then] if limits else ["OFF"]))


class Clock:
    """One of the server's clocks. What becomes due has happened when a call returns."""

    def __init__(self, control: Control, name: str) -> None:
        self._control = control
        self.name = name

    def _call(self, *words: Word) -> ClockState:
        return ClockState(**self._control.call("LAB.CLOCK", self.name, *words))

    def freeze(self) -> ClockState:
        """Time stands still."""
        return self._call("FREEZE")

    def advance(self, time: Seconds) -> ClockState:
        """Time leaps forward."""
        return self._call("ADVANCE", _milliseconds(time))

    def set(self, time: Seconds) -> ClockState:
        """The clock shows this: for `data` seconds since 1970. Only `data` goes backwards."""
        return self._call("SET", _milliseconds(time))

    def real(self) -> ClockState:
        """Time is everybody's again."""
        return self._call("REAL")

    @property
    def now(self) -> ClockState:
        """What it shows."""
        return self._call()


class Fault:
    """A rule that was added. As a context it is removed at the end; one that never bit is remembered."""

    def __init__(self, control: Control, id: str, must_fire: bool) -> None:
        self._control = control
        self.id = id
        self.must_fire = must_fire

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.remove()

    @property
    def fired(self) -> int:
        """How often it has bitten."""
        return int(self._control.call("LAB.FAULT", "FIRED", self.id)["fired"])

    @property
    def firings(self) -> list[Firing]:
        """Where it has bitten, and whether the command took effect all the same."""
        rows = self._control.call("LAB.FAULT", "FIRED", self.id)["firings"]
        return [
            Firing(
                row["endpoint"], row["connection"], row["client-id"], row["ordinal"], row["command"],
                bool(row["took-effect"]), row["time"])
            for row in rows
        ]

    def remove(self) -> None:
        """Ends it."""
        if self not in self._control.faults:
            return
        if self.must_fire and self.fired == 0:
            self._control.never_fired.append(self)
        self._control.call("LAB.FAULT", "DEL", self.id)
        self._control.faults.remove(self)


class Snapshot:
    """All data of the server under a name."""

    def __init__(self, control: Control, name: str) -> None:
        self._control = control
        self.name = name

    def save(self) -> Snapshot:
        """Saves the data as they are; replaces what had the name."""
        self._control.call("LAB.SNAPSHOT", "SAVE", self.name)
        return self

    def restore(self) -> None:
        """Brings the data back."""
        self._control.call("LAB.SNAPSHOT", "RESTORE", self.name)

    def drop(self) -> None:
        """Forgets them."""
        self._control.call("LAB.SNAPSHOT", "DROP", self.name)
