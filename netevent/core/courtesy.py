"""Background work that makes way for visitors on a machine that both share.

Being nice is not enough: registrations for one event wait for each other, and a processor that a worker took meanwhile is given back some
milliseconds late each time. So whoever had to stand in line for a processor takes a short rest before its next piece.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

SCHEDSTAT = Path("/proc/thread-self/schedstat")  # nanoseconds: run, waited to run; then how often
CROWDED = 0.002
REST = 0.2


def stood_in_line() -> float:
    """Seconds that this thread was ready to run and had no processor; 0 where the system doesn't say (only Linux does)."""
    with suppress(OSError, IndexError, ValueError):
        return int(SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0


class Pace:
    """Call `breathe` between two pieces of work: it rests when the piece before met a crowd."""

    def __init__(self) -> None:
        self.seen = stood_in_line()

    def breathe(self) -> None:
        waited = stood_in_line()
        crowded, self.seen = waited - self.seen > CROWDED, waited
        if crowded:
            time.sleep(REST)
