"""A program at a terminal: what it writes there while somebody types.

    python terminal.py '[["wait", "> "], ["type", "q"]]' program argument ...

The steps are done one after the other; then the program has to end by itself. Printed is, as JSON, all that it wrote, its
exit status, and whether it left the terminal's settings as they were.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios

PATIENCE = 60  # seconds for each step


def main(steps, command):
    # One end is kept here, so that the settings can be read when the program is gone.
    terminal, inner = pty.openpty()
    resize(terminal, 100, 40)
    before = termios.tcgetattr(inner)
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(inner, descriptor)
        os.close(terminal)
        os.environ.setdefault("TERM", "xterm")
        os.execvp(command[0], command)
    seen = bytearray()
    place = 0
    for action, *values in steps:
        if action == "wait":
            text = values[0].encode()
            while text not in seen[place:]:
                read(terminal, seen, f"{values[0]!r} did not come")
            place = seen.index(text, place) + len(text)
        elif action == "type":
            os.write(terminal, values[0].encode())
        elif action == "size":
            resize(terminal, *values)
            os.kill(child, signal.SIGWINCH)
        elif action == "signal":
            os.kill(child, getattr(signal, values[0]))
        elif action == "kill":  # another process
            os.kill(values[0], signal.SIGKILL)
    status = None
    while status is None:
        done, result = os.waitpid(child, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(result)
        if select.select([terminal], [], [], 0.05)[0]:
            seen.extend(os.read(terminal, 65536))
    while select.select([terminal], [], [], 0)[0]:
        seen.extend(os.read(terminal, 65536))
    print(json.dumps({
        "output": seen.decode(errors="replace"),
        "status": status,
        "isRestored": termios.tcgetattr(inner) == before,
    }))


def read(terminal, seen, complaint):
    if not select.select([terminal], [], [], PATIENCE)[0]:
        sys.exit(f"{complaint}; this did: {bytes(seen)!r}")
    seen.extend(os.read(terminal, 65536))


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


main(json.loads(sys.argv[1]), sys.argv[2:])
