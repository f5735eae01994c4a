"""A connection that speaks RESP3, as small as the control port allows: one request, one reply.

It knows nothing of the lab. What a server may send and this does not know is an error, never a guess.
"""

from __future__ import annotations

import socket
import threading
from typing import Any, Optional, Union

from .values import UnderstudyError

Word = Union[str, bytes, int, float]


class Connection:
    """Many threads may call; one call at a time is on its way."""

    def __init__(self, host: str, port: int, timeout: float = 30, password: Optional[str] = None) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise UnderstudyError(f"no control port at {host}:{port}: {error}") from error
        self._file = self._socket.makefile("rb")
        self.call("HELLO", 3, *([] if password is None else ["AUTH", "default", password]))

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def call(self, *words: Word, timeout: Optional[float] = None) -> Any:
        """Sends a request and returns what is answered; raises what is answered as an error.

        `timeout`: how long the reply may take beyond what any reply may.
        """
        with self._lock:
            try:
                self._socket.settimeout(self._timeout + (timeout or 0))
                self._socket.sendall(_request(words))
                reply = self._read()
            except (OSError, ValueError) as error:
                # What comes later would be taken for the reply to something else.
                self.close()
                raise UnderstudyError(f"{words[0]!s}: the control connection is lost: {error or 'closed'}") from error
        if isinstance(reply, UnderstudyError):
            raise reply
        return reply

    def _read(self) -> Any:
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("the server has closed it")
        kind, text = line[:1], line[1:-2].decode()
        if kind == b"+":
            return text
        if kind == b"-":
            return UnderstudyError(text)
        if kind in b":(":
            return int(text)
        if kind == b",":
            return float(text)
        if kind == b"#":
            return text == "t"
        if kind == b"_" or text == "-1":
            return None
        if kind == b"$":
            return self._bytes(int(text)).decode(errors="surrogateescape")
        if kind == b"=":
            return self._bytes(int(text))[4:].decode(errors="surrogateescape")
        if kind in b"*~>":
            return [self._read() for _ in range(int(text))]
        if kind == b"%":
            return {self._read(): self._read() for _ in range(int(text))}
        raise ValueError(f"a reply of an unknown type: {line!r}")

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count + 2)
        if len(data) < count + 2:
            raise OSError("the server has closed it")
        return data[:count]


def _request(words: tuple[Word, ...]) -> bytes:
    parts = [word if isinstance(word, bytes) else str(word).encode(errors="surrogateescape") for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
