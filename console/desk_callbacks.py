"""Handlers: the run of callbacks as it goes on, and pausing it. Numbers of citizens are not told here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from callback_survey import labels, listing, schedule
from callback_survey.channels import Trunk
from callback_survey.deciding import Stage
from console import render
from console.page import Answered, Moved, Services, Shown, Visit
from console.push import Listener, Message
from console.route import Floor
from store.base import now

FRAGMENT = "callbacks_run.html"
PERIOD = 3.0  # seconds between two looks
_SHARE = 10  # a look at a large database is taken more seldom: it costs at most a tenth of the time
_ROWS = 20
_TABLES = ("next", "people")


def page(visit: Visit) -> Answered:
    """The run at this moment."""
    values = _values(visit.session, visit.services)
    seen = {row["ticket"] for name in _TABLES for row in values[name]}
    return Shown({**values, "at": _clock()}, seen=tuple(sorted(seen)))


def pause(visit: Visit) -> Answered:
    """Pauses, until somebody resumes."""
    schedule.pause(visit.session, _trunk(visit.services).name, visit.by.name, now())
    return Moved("/callbacks", "已暂停拨打，正在进行的通话会打完")


def resume(visit: Visit) -> Answered:
    """Goes on."""
    schedule.resume(visit.session, _trunk(visit.services).name)
    return Moved("/callbacks", "已继续拨打")


async def feed(listener: Listener) -> AsyncGenerator[Message, None]:
    """The changing part of the page each time it has changed, and when it was looked at."""
    said = ""
    while True:
        began = time.monotonic()
        try:
            text = await asyncio.to_thread(_text, listener.services)
        except SQLAlchemyError:
            yield Message("late", _clock())
        else:
            if text != said:
                yield Message("shown", text)
            said = text
            yield Message("at", _clock())
        await asyncio.sleep(max(PERIOD, _SHARE * (time.monotonic() - began)))


def _text(services: Services) -> str:
    with services.store.reading() as session:
        return render.page(FRAGMENT, _values(session, services))


def _values(session: Session, services: Services) -> dict[str, Any]:
    trunk = _trunk(services)
    run = listing.run(session, trunk.name, now())
    return {
        "run": run, "resting": _resting(services, now()), "next": _rows(session, Stage.DUE),
        "people": _rows(session, Stage.PEOPLE),
        "trunk": trunk, "ours": len({one["call"] for one in run["in_progress"] if one["dialled_at"]}),
        "in_use": _in_use(services.more["floor"], trunk), "labels": labels,
    }  # fmt: skip


def _resting(services: Services, at: datetime) -> datetime | None:
    """When dialling begins again; None within the calling hours."""
    begins: datetime = services.more["calling_from"](at)
    return begins if begins > at else None


def _rows(session: Session, stage: Stage) -> list[dict[str, Any]]:
    found = listing.listed(session, stage, _ROWS)
    return [{name: value for name, value in row.items() if name != "phone"} for row in found]


def _in_use(floor: Floor, trunk: Trunk) -> int | None:
    """How many channels of the trunk are in use, whoever uses them; None when that is not known."""
    seen = floor.look()
    known = {one["name"]: int(one["channels"]) for one in seen["trunks"]} if seen["current"] else {}
    return known.get(trunk.name)


def _trunk(services: Services) -> Trunk:
    found: Trunk = services.more["trunk"]
    return found


def _clock() -> str:
    return f"{now():%H:%M:%S}"
