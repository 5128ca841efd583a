"""For a test that kills the worker: the real badge job, which takes its time over each badge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from attendees.exports import badges

quick = badges.data_of


def slow(*args: Any) -> Iterator[Any]:
    for badge in quick(*args):
        time.sleep(0.04)
        yield badge


badges.data_of = slow
