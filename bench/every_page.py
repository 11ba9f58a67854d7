"""Every page of the site with many tickets on SQLite, over HTTP: what each costs whoever may open it."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench import ticket_maker
from bench.gauge import percentile
from bench.report import BenchError, Findings, Row, Say, Table
from bench.scale import Scale
from bench.ticket_words import TROUBLES
from callback_survey.channels import Trunk
from callqueue.live.watch import Watch
from callqueue.tables import CallRow, MissedRow
from console import accounts, seats, sessions
from console.page import Page, Services
from console.route import Means
from console.site import SESSION, Site
from console.sitemap import PAGES
from hotline.agent_desk import AgentDesk
from hotline.floor import Floor
from hotline.settings import load
from hotline.settled import settle
from store.base import now
from store.engine import Store
from telephony.ami import Manager
from tickets.access import UNIT_ROLES, Action, Actor, Role, may
from tickets.knowledge import sheet
from tickets.records import TICKETS
from tickets.terms import State

MOST_MS = 200.0
_SHARE = 0.15  # of the time left, for making the tickets
_SECONDS = 2.0  # that one page is asked for
_LEAST = 10
_CALLS = 500  # of today, of which each fifth is the agent's
_MONTH = "since=2026-05-01&until=2026-05-31"  # the last whole month that has tickets
# The same page with what is typed most.
_ASKED: Mapping[str, tuple[str, ...]] = {
    "/tickets": ("q={word}", "phone={phone}", "state=closed", "unit={unit}", "light=red", "sort=due", "after={number}",
                 f"figure=late&{_MONTH}", f"figure=accepted&{_MONTH}&unit={{unit}}"),
    "/figures": (_MONTH, f"{_MONTH}&by=matter", f"{_MONTH}&unit={{unit}}"),
    "/figures/topics": (_MONTH,),
    "/ranking": (_MONTH,),
    "/bulletin": ("month=2026-05",),
    "/office": ("task=overdue", "task=resolved", "task=extension"),
    "/reports": ("period=hour&by=agent",),
    "/agent": ("call={call}",),
    "/agent/knowledge": ("q={word}",),
    "/knowledge": ("q={word}",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Took:
    """One answer: milliseconds, and how many of them this process (the site and who asks) had the processor."""

    ms: float
    cpu_ms: float


@dataclass(slots=True)
class Ready:
    """The site's people: cookies by role; and what addresses are filled with."""

    cookies: dict[Role, str] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)


def run(scale: Scale, say: Say) -> Findings:
    """Milliseconds of each page."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store = Store(f"sqlite:///{folder}/bench.db")
        try:
            made = ticket_maker.make(store, scale.paged, _SHARE * scale.seconds, say)
            with store.begin() as session:
                ready = _people(session)
            asked, missed = asyncio.run(_asked(store, Path(folder), ready, scale.queries))
        finally:
            store.close()
    say(f"{len(asked)} pages asked for")
    return _findings(asked, missed, made)


def _findings(asked: Mapping[str, list[Took]], missed: list[str], made: int) -> Findings:
    lines = [
        (page, percentile((one.ms for one in took), 0.5), percentile((one.ms for one in took), 0.95),
         percentile((one.cpu_ms for one in took), 0.95)) for page, took in asked.items()
    ]  # fmt: skip
    slowest = max(lines, key=lambda line: line[2])
    found = Findings([Table(("page", "p50 ms", "p95", "CPU p95"), lines)])
    found.rows = [Row(f"p95 of the slowest page ({slowest[0]})", slowest[2], "ms", most=MOST_MS)]
    found.remarks = [f"SQLite, {made:,} tickets, {_CALLS} calls of today; over HTTP, one page at a time, on record"]
    found.remarks += [f"nothing there to show on {'; '.join(missed)}"] if missed else []
    return found


# -- who asks, and for what ----------------------------------------------------------------------------


def _people(session: Session) -> Ready:
    ready = Ready()
    for role in accounts.ROLES:
        unit = "swj" if role in UNIT_ROLES else ""
        account = accounts.add(session, f"b-{role.value}", [role], "a long enough password", unit)
        ready.cookies[role] = sessions.open_session(session, account.id, "127.0.0.1")
        if role == Role.AGENT:
            seats.take(session, account.id, "8001", now() - timedelta(hours=12), timedelta(0))
    sheet.start(session, by=Actor("b-county_admin", Role.COUNTY_ADMIN), at=now())
    rng = random.Random(5)
    last = session.scalar(select(func.max(TICKETS.c.id))) or 1
    ids = [rng.randrange(1, last + 1) for _ in range(300)]
    rows = session.execute(select(TICKETS).where(TICKETS.c.id.in_(ids), TICKETS.c.state != State.MERGED)).all()
    phones = [row.phone for row in rows if row.phone]
    ready.samples = {
        "number": [row.number for row in rows], "phone": phones,
        "unit": [row.lead_unit for row in rows if row.lead_unit], "word": list(TROUBLES),
        "call": _calls(session, phones),
    }  # fmt: skip
    missed = MissedRow(phone=phones[0], open_phone=phones[0], state="open", queue="consult", calls=1, first_at=now(),
                       last_at=now(), due_at=now(), assignee="", attempts=0, closed_by="", reason="")  # fmt: skip
    session.add(missed)
    return ready


def _calls(session: Session, phones: list[str]) -> list[str]:
    """The ids of the agent's calls among those of today."""
    own = []
    for place, phone in zip(range(_CALLS), itertools.cycle(phones)):
        agent = "8001" if place % 5 == 0 else f"80{10 + place % 30}"
        began = now() - timedelta(seconds=5 * place + 60)
        share = {"agent": agent, "joined_at": began.isoformat(), "talk_s": 90.0, "hold_s": 0.0}
        session.add(CallRow(
            call_id=f"c{place}", direction="inbound", line="12345", caller=phone, dialled="12345", started_at=began,
            answered_at=began, ended_at=began, disposition="answered", queue="consult", agent=agent, wait_s=5.0,
            talk_s=90.0, hold_s=0.0, ring_s=1.0, queued_at=began, agent_at=began, pickup_s=3.0, transfers=0,
            ticket_no="", attempt="", rating=place % 5 + 1, emergency="", callback="", path=[], agents=[share],
            recordings=[], answers=[], handed_over=True,
        ))  # fmt: skip
        own += [f"c{place}"] if agent == "8001" else []
    return own


def _site(store: Store, folder: Path) -> Site:
    """The site as the service has it, without an Asterisk."""
    settings = load({"HOTLINE_HOME": str(folder)})
    manager = Manager("127.0.0.1", settings.ami_port, "hotline", "")
    watch = Watch(manager)
    desk = AgentDesk(settings, manager, watch, lambda _number: False)
    more = {
        "floor": Floor(settings, manager, watch), "means": Means(desk=desk), "trunk": Trunk("trunk", 30, 10),
        "agents": settings.agent_numbers, "recordings": folder, "wrap_up": settings.wrapup_seconds,
        "calling_from": lambda at: at,
    }  # fmt: skip
    return Site(Services(store, folder, more=more))


# -- asking --------------------------------------------------------------------------------------------


async def _asked(store: Store, folder: Path, ready: Ready, times: int) -> tuple[dict[str, list[Took]], list[str]]:
    """What each page took, and the pages there was nothing for."""
    site = _site(store, folder)
    application = web.Application()
    site.mount(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await settle()
    rng, found, missed = random.Random(3), dict[str, list[Took]](), list[str]()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            for page in sorted(_shown(), key=lambda one: "{" in one.path):
                for query in ("", *_ASKED.get(page.path, ())):
                    address = _address(page, query, ready, rng)
                    if not address:
                        missed.append(page.path)
                        continue
                    name = f"{page.path} {query}".strip()
                    found[name] = await _timed(client, page, query, ready, rng, times)
    finally:
        await runner.cleanup()
        site.close()
    return found, missed


def _shown() -> list[Page]:
    """What a GET shows: no download, no way on to another page, no step of a log-in."""
    return [page for page in PAGES if page.method == "GET" and page.template and not page.stages]


def _address(page: Page, query: str, ready: Ready, rng: random.Random) -> str:
    """The page's address, filled with samples or as a link of another page has it; "" when there is none."""
    samples = {name: rng.choice(values) for name, values in ready.samples.items()}
    path = page.path.replace("{number}", samples["number"]) if page.path.startswith("/tickets/") else page.path
    if "{" in path:
        wanted = re.compile(re.sub(r"\\\{\w+\\\}", r"[^/?#\\s]+", re.escape(path)))
        links = sorted(link for link in ready.links if wanted.fullmatch(link) and not link.endswith("/new"))
        path = rng.choice(links) if links else ""
    return path + (f"?{query.format(**samples)}" if query else "") if path else ""


async def _timed(
    client: aiohttp.ClientSession, page: Page, query: str, ready: Ready, rng: random.Random, times: int
) -> list[Took]:
    role = next(role for role in sorted(ready.cookies, key=_powers) if page.action is None or page.action in _of(role))
    headers = {"Cookie": f"{SESSION}={ready.cookies[role]}"}
    taken: list[Took] = []
    until = time.monotonic() + _SECONDS
    while len(taken) <= times and (len(taken) <= _LEAST or time.monotonic() < until):
        address = _address(page, query, ready, rng)
        began, work = time.perf_counter(), time.process_time()
        async with client.get(address, headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
        taken.append(Took(1000 * (time.perf_counter() - began), 1000 * (time.process_time() - work)))
        if answer.status != 200:
            raise BenchError(f"{address} answered {answer.status} to {role.value}")
        ready.links |= set(re.findall(r'href="(/[^"?#]+)', text))
    return taken[1:]  # the first compiles the template


def _of(role: Role) -> set[Action]:
    return {action for action in Action if may(role, action)}


def _powers(role: Role) -> int:
    """Who may do most comes first: such a page has most on it."""
    return -len(_of(role))
