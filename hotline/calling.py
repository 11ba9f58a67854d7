"""The callback run of this hotline, put together from its settings."""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.engine import make_url

from callback_survey import links
from callback_survey.channels import Live, Trunk
from callback_survey.dialler import Dialler
from callback_survey.durable import Calls, Limits
from callback_survey.run import Way
from callback_survey.settling import Terms
from callback_survey.when import Policy, earliest
from hotline import hours, messages, places
from hotline.rules import rules
from hotline.settings import Settings
from store.engine import Store
from telephony.ami import Manager
from tickets.workdays import WorkCalendar


def trunk(settings: Settings) -> Trunk:
    """The trunk callbacks go over; without one, the practice phone, which takes one call at a time."""
    if settings.trunk_peer:
        return Trunk("trunk", settings.trunk_channels, settings.inbound_channels)
    return Trunk("citizen", 1, 0)


def way(settings: Settings) -> Way:
    """How citizens are called."""
    return Way(trunk=bool(settings.trunk_peer), ring_seconds=settings.survey_ring_seconds)


def policy(settings: Settings, calendar: Callable[[], WorkCalendar]) -> Policy:
    """When citizens are called."""
    spans = sorted((span.opens, span.closes) for span in hours.parse(settings.callback_hours))

    def called_on(day: date) -> bool:
        return bool(settings.callback_holidays) or calendar().working(day)

    distance = timedelta(minutes=settings.callback_minutes)
    return Policy(tuple(spans), called_on, settings.callback_attempts, distance)


def calling_from(settings: Settings, calendar: Callable[[], WorkCalendar]) -> Callable[[datetime], datetime]:
    """Tells the first moment, the given one or later, at which callbacks are dialled."""
    return functools.partial(earliest, policy(settings, calendar))


def dialler(settings: Settings, store: Store, manager: Manager, calendar: Callable[[], WorkCalendar]) -> Dialler:
    """The run, not started yet."""
    line = trunk(settings)
    most = max(line.channels - line.inbound, 1)
    calls = Calls(_database(settings), socket.gethostname(), Limits(line.name, most, settings.callback_rate))
    terms = functools.partial(_terms, settings, policy(settings, calendar))
    return Dialler(store, manager, calls, Live(manager, line), way(settings), terms, ahead=settings.callback_rate)


def _terms(settings: Settings, when: Policy) -> Terms:
    if not settings.public_url:
        return Terms(when, rules(settings))
    return Terms(when, rules(settings), links.inviter(messages.sender(settings), settings.public_url), links.mobile)


def _database(settings: Settings) -> str:
    """Beside the tickets on PostgreSQL, in a schema of its own; on SQLite in a file of its own, with its own lock."""
    url = make_url(settings.database)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return f"sqlite:///{settings.home / places.CALLS_DATABASE}"
