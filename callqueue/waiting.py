"""The caller's stays in queues: from the notes, from the event log's Queue(), or else from queue_log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from callqueue.cel import NOTE, CelEvent
from callqueue.queuelog import LEAVES, QueueRow


@dataclass(slots=True)
class Stay:
    """One stay. Microseconds; `end` is None while it lasts; `status` is QUEUESTATUS or "" when it is not
    known.
    """

    queue: str
    start: int
    end: int | None = None
    status: str = ""

    def waited(self, talks: Sequence[int], since: int, until: int) -> int:
        """Microseconds from the start until the first talk that began in the stay, or to its end.

        `talks`: when talks began. `since`, `until`: the caller's own time; queue_log, with its whole seconds, may
        say that somebody entered before calling.
        """
        start, end = max(self.start, since), min(self.end or until, until)
        return max(0, min([end, *(talk for talk in talks if start <= talk < end)]) - start)


def stays(
    events: Sequence[CelEvent], callers: Collection[str], rows: Sequence[QueueRow], ended: int | None
) -> list[Stay]:
    """The stays in order. `callers`: uniqueids of the caller's channel; `ended`: when it was over."""
    found = _from_events(events, callers) or _from_rows(rows, callers)
    for number, stay in enumerate(found, 1):
        if stay.end is None:
            stay.end = found[number].start if number < len(found) else ended
    return found


def _from_events(events: Sequence[CelEvent], callers: Collection[str]) -> list[Stay]:
    found: list[Stay] = []
    for event in events:
        if event.uniqueid not in callers:
            continue
        waiting = found[-1] if found and found[-1].end is None else None
        queue = _entered(event)
        if queue and not (waiting and waiting.queue == queue and event.kind != NOTE):
            found.append(Stay(queue, event.at))
        elif event.kind == "APP_END" and event.app == "Queue" and waiting:
            waiting.end = event.at
        elif event.kind == NOTE and event.name == "queue-end" and found:
            found[-1].end = found[-1].end or event.at
            found[-1].status = event.details().get("status", "")
    return found


def _entered(event: CelEvent) -> str:
    """The queue that the caller enters with this event, "" for any other event."""
    if event.kind == NOTE and event.name == "queue":
        return event.details().get("queue", "")
    return event.data.split(",")[0] if event.kind == "APP_START" and event.app == "Queue" else ""


def _from_rows(rows: Sequence[QueueRow], callers: Collection[str]) -> list[Stay]:
    found: list[Stay] = []
    for row in rows:
        if row.call not in callers:
            continue
        if row.event == "ENTERQUEUE":
            found.append(Stay(row.queue, row.at))
        elif row.event in LEAVES and found and found[-1].end is None:
            found[-1].end, found[-1].status = row.at, row.event
    return found
