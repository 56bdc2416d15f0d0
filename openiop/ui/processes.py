"""Which server process took a form, and whether that process still lives: what was cut off waits for nobody."""

import os
import socket
from pathlib import Path

PROC = Path("/proc")
ENDED = {"Z", "X", "x"}  # states of a process that has ended and only waits to be cleared away (proc(5))


def _began(pid: int) -> str:
    """When the process began, in ticks of this start of the machine; empty where the system does not tell."""
    try:
        told = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if told[0] in ENDED else f"{boot}.{told[19]}"


def named(pid: int) -> str:
    """The process by machine, number and beginning: a number that is given out again names another process."""
    return f"{socket.gethostname()[:64]} {pid} {_began(pid)}"


def this() -> str:
    """The name of the process that asks."""
    return named(os.getpid())


def is_gone(name: str) -> bool:
    """Whether the process of this name ran on this machine and lives no more; of other machines nothing is known."""
    host, _, rest = name.partition(" ")
    number, _, began = rest.partition(" ")
    if host != socket.gethostname()[:64] or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it lives, and is another user's
    return bool(began) and _began(int(number)) != began
