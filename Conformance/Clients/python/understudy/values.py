"""What the control port answers, as values; and the one error that this package raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Optional


class UnderstudyError(Exception):
    """Whatever went wrong: the server's own text where it has said something.

    `findings` holds what a verdict is based on; it is empty for every other error.
    """

    def __init__(self, text: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(text)
        self.findings = findings


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with the calling code. `suppress` is the verb that lets it pass."""

    rule: str
    certainty: str
    endpoint: str
    identity: str
    message: str
    story: str
    fix: str
    suppress: str
    evidence: tuple[str, ...]
    connections: tuple[int, ...]
    count: int
    key: Optional[str] = None

    @classmethod
    def of(cls, json: Mapping[str, Any]) -> Finding:
        values: dict[str, Any] = {field.name: json.get(field.name) for field in fields(cls)}
        values["evidence"], values["connections"] = tuple(json["evidence"]), tuple(json["connections"])
        return cls(**values)

    def __str__(self) -> str:
        lines = [f"[{self.certainty}] {self.story}" + (f" ({self.count} times)" if self.count > 1 else "")]
        lines += [f"    {line}" for line in self.evidence]
        return "\n".join([*lines, f"  Mend: {self.fix}", f"  Let it pass: {self.suppress}"])


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True)
class Figures:
    """What the connections of one identity did, or of all."""

    endpoint: str
    name: str
    library: str
    user: str
    opens: int
    open: int
    peak_open: int
    peak_busy: int
    turnover: float
    opened_while_idle: int
    blocked: int
    busy: int
    handshake_only: int
    commands: int
    bytes_received: int
    bytes_sent: int

    @classmethod
    def of(cls, json: Mapping[str, Any]) -> Figures:
        return cls(**{field.name: json[_camel(field.name)] for field in fields(cls)})


@dataclass(frozen=True)
class Ledger:
    """What an endpoint's clients did. `json` is all that the server has told, with every connection and command."""

    total: Figures
    identities: tuple[Figures, ...]
    json: Mapping[str, Any]

    @classmethod
    def of(cls, json: Mapping[str, Any]) -> Ledger:
        return cls(Figures.of(json["total"]), tuple(Figures.of(each) for each in json["identities"]), json)

    def executions(self, command: str, key: Optional[str] = None) -> int:
        """How often a command ran, of one key or in all; also those whose reply never arrived."""
        if key is None:
            return int(self.json["commands"].get(command.lower(), 0))
        rows = self.json["executions"]
        return sum(row["count"] for row in rows if row["command"] == command.lower() and row["key"] == key)


@dataclass(frozen=True)
class Firing:
    """One time that a rule has bitten. `took_effect`: the command ran all the same."""

    endpoint: str
    connection: int
    client_id: int
    ordinal: int
    command: Optional[str]
    took_effect: bool
    time: int


@dataclass(frozen=True)
class ClockState:
    """`state` is frozen, moved or real."""

    clock: str
    state: str
    milliseconds: int


@dataclass(frozen=True)
class Allow:
    """Findings of a rule that are known, and why they pass: all of them, or those of a key, a client, an endpoint."""

    rule: str
    key: Optional[str] = None
    identity: Optional[str] = None
    endpoint: Optional[str] = None
    why: str = "known"
