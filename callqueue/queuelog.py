"""One line of Asterisk's queue_log (docs.asterisk.org: Queue Logs): time|call|queue|agent|event|data|..."""

from __future__ import annotations

from dataclasses import dataclass

from callqueue.errors import BadLine

LEAVES = frozenset({"ABANDON", "CONNECT", "EXITEMPTY", "EXITWITHKEY", "EXITWITHTIMEOUT", "WITHDRAW"})
"""Events with which a caller leaves a queue."""
STARTED = "QUEUESTART"
"""Written once by every start of Asterisk, and by nothing else: what was under way before it is over."""

NOTHING = "NONE"
# What app_queue writes in place of a call when a member is changed from outside.
_OUTSIDE = frozenset({"CLI", "MANAGER", "REALTIME"})


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One row. `at` is microseconds since the epoch (the file has whole seconds); `call` is the uniqueid of
    the caller's channel, "" for a row that belongs to none; `agent` is the member's name, "" for none.
    """

    at: int
    call: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...] = ()


def parse(line: str) -> QueueRow:
    """The row in one line of the file, without its newline. Raises BadLine when it is not one."""
    fields = line.split("|")
    if len(fields) < 5 or not fields[4]:
        raise BadLine("fewer than five fields, or no event")
    time, call, queue, agent, event = (("" if field == NOTHING else field) for field in fields[:5])
    return QueueRow(_microseconds(time), "" if call in _OUTSIDE else call, queue, agent, event, tuple(fields[5:]))


def _microseconds(time: str) -> int:
    seconds, _, fraction = time.partition(".")
    if not (time.isascii() and seconds.isdigit() and (fraction or "0").isdigit() and len(seconds) <= 10):
        raise BadLine("the time is not seconds since the epoch")
    return int(seconds) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
