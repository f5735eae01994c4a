"""redis-cli at a terminal: what it shows while somebody types, which it learns from COMMAND DOCS.

    python redis_cli_terminal.py redis-cli -p 6380
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

# What is typed, and what redis-cli shows to follow it.
HINTS = [
    ("get", "key"),
    ("set k v", "[NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|"),
    ("zadd z", "[NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]"),
    ("xadd s", "[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...]"),
    ("config set", "parameter value [parameter value ...]"),
    ("client no-evict", "ON|OFF"),
    ("eval x 1", "[key [key ...]] [arg [arg ...]]"),
]


def main(command):
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.environ["HOME"] = "/nonexistent"  # neither history nor settings
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    seen = bytearray()

    def wait_for(text):
        while text.encode() not in seen:
            if not select.select([terminal], [], [], 30)[0]:
                sys.exit(f"{text!r} did not come; this did: {bytes(seen)!r}")
            seen.extend(os.read(terminal, 4096))
        del seen[: seen.index(text.encode()) + len(text)]

    wait_for("> ")
    for typed, hint in HINTS:
        os.write(terminal, typed.encode() + b" ")
        wait_for(hint)
        os.write(terminal, b"\x15")  # the line is cleared
    os.write(terminal, b"ping\r")
    wait_for("PONG")
    wait_for("> ")  # what is typed before the prompt is there is thrown away
    os.write(terminal, b"exit\r")
    try:
        while os.read(terminal, 4096):  # it ends only once all that it wrote has been read
            pass
    except OSError:
        pass  # how Linux says that nobody is at the other end
    _, status = os.waitpid(child, 0)
    print(f"{len(HINTS)} hints seen")
    return os.waitstatus_to_exitcode(status)


sys.exit(main(sys.argv[1:]))
