"""Callers, a desk and scenarios for the tests of the flows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from callback_survey.called_in import CalledIn
from callback_survey.flow import NOTHING, Subject, interview
from callback_survey.questionnaire import shipped
from ivr.desk import Progress
from ivr.errors import DeskAway
from ivr.main_menu import MenuMode, MenuSettings, main_menu
from ivr.progress import progress
from ivr.voicemail import voicemail
from telephony.call import Call, Facts, Outcome
from telephony.scripted import Press, Say, ScriptedCall

Flow = Callable[[Call], Coroutine[Any, Any, Outcome]]

FOLDER = "recordings"
TICKET = "260703000001"
LAST4 = "0001"
CALL_ID = "1700000000.1"
FOUND = Progress("handling", due=date(2026, 7, 24))
WAITS = Progress("reviewed", survey=True)
SUBJECT = Subject(TICKET, date(2026, 7, 3), "complaint")
SECOND = Subject("260704000009", date(2026, 7, 4), "help")
HOURS = ("closed_before", "hours_workdays", "digits/8", "digits/oclock")


@dataclass
class FakeDesk:
    """One ticket, and what was asked of it; `away`: nothing answers."""

    found: Progress = FOUND
    away: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    messages: list[tuple[str, str, str, float]] = field(default_factory=list)

    async def progress(self, ticket: str, last4: str) -> Progress | None:
        self.asked.append((ticket, last4))
        if self.away:
            raise DeskAway
        return self.found if (ticket, last4) == (TICKET, LAST4) else None

    async def voicemail(self, call_id: str, caller: str, file: str, seconds: float) -> str:
        if self.away:
            raise DeskAway
        self.messages.append((call_id, caller, file, seconds))
        return TICKET


@dataclass
class FakeWaiting:
    """Callbacks that were missed by the caller's number; `away`: nothing answers; `over`: settled a moment ago."""

    missed: bool = True
    away: bool = False
    over: bool = False
    begun: list[tuple[str, str, str]] = field(default_factory=list)

    async def waits(self, caller: str) -> bool:
        if self.away:
            raise DeskAway
        return self.missed

    async def begin(self, call_id: str, caller: str, ticket: str = "") -> list[Subject]:
        if self.away:
            raise DeskAway
        self.begun.append((call_id, caller, ticket))
        return [] if self.over else [SUBJECT]


def called_in(waiting: FakeWaiting | None = None) -> CalledIn:
    return CalledIn(waiting or FakeWaiting(), shipped, FOLDER)


def caller(
    *presses: str | Press | Say,
    line: str = "12345",
    hang_up_at: int | None = None,
    recorded: float = 3.0,
    variables: Mapping[str, str] | None = None,
    hears: bool = False,
) -> ScriptedCall:
    """A caller from a made-up number, on a channel with a clock."""
    return ScriptedCall(
        *presses,
        facts=Facts(CALL_ID, caller="13800000001", line=line),
        hang_up_at=hang_up_at,
        recorded=recorded,
        hears=hears,
        variables={"EPOCH": "1700000123", **(variables or {})},
    )


def said(call: ScriptedCall) -> list[str]:
    """The prompts played; the nothing under which more digits are collected and the caller's own words are none."""
    return [prompt for prompt in call.played if prompt and not prompt.startswith(f"{FOLDER}/")]


@dataclass(frozen=True)
class Scenario:
    """A caller's way through one flow, from its first prompt to its outcome."""

    name: str
    flow: Flow
    presses: tuple[str | Press | Say, ...] = ()
    line: str = "12345"
    recorded: float = 3.0
    hears: bool = False

    def caller(self, *presses: str | Press | Say, hang_up_at: int | None = None) -> ScriptedCall:
        told = {"line": self.line, "recorded": self.recorded, "hears": self.hears}
        return caller(*presses, hang_up_at=hang_up_at, **told)


def menu_after(waiting: FakeWaiting, **settings: Any) -> Flow:
    return lambda call: main_menu(call, MenuSettings(**settings), called_in(waiting).offer)


def query_then_survey(desk: FakeDesk, waiting: FakeWaiting) -> Flow:
    return lambda call: progress(call, desk, FOLDER, called_in(waiting).about)


def menu(**settings: Any) -> Flow:
    return lambda call: main_menu(call, MenuSettings(**settings))


def query(desk: FakeDesk | None = None) -> Flow:
    return lambda call: progress(call, desk or FakeDesk(), FOLDER)


def message(desk: FakeDesk | None = None) -> Flow:
    return lambda call: voicemail(call, desk or FakeDesk(), FOLDER)


async def rate(call: Call) -> Outcome:
    return await interview(call, shipped("rating"), [NOTHING], FOLDER)


async def call_back(call: Call) -> Outcome:
    return await interview(call, shipped("callback"), [SUBJECT], FOLDER)


async def call_back_about_two(call: Call) -> Outcome:
    return await interview(call, shipped("callback"), [SUBJECT, SECOND], FOLDER)


async def poll(call: Call) -> Outcome:
    return await interview(call, shipped("poll"), [SUBJECT], FOLDER)


_SPOKEN = (
    Say("是", "yes"), Say("方便", "now"), Say("没联系", "no"), Say("部分解决", "partly"), Say("属实", "yes"),
    Say("不满意", "4"), "#",
)  # fmt: skip
FIRST = MenuMode.AGENT_FIRST
# Together these play every prompt that any flow can say (a test checks the callers hear each of them).
SCENARIOS = (
    Scenario("menu: silence", menu()),
    Scenario("menu: two wrong keys", menu(), ("7", "8")),
    *(Scenario(f"menu: {key}", menu(), (key,)) for key in "1234560"),
    Scenario("menu: resumed, repeated", menu(resume=True), ("#", "*", "1")),
    Scenario("menu: not recorded", menu(recorded=False), ("1",)),
    Scenario("menu: elderly", menu(elderly=True)),
    Scenario("menu: closed", menu(open=False, hours=HOURS)),
    *(Scenario(f"96128: {key}", menu(), (key,), line="96128") for key in "456"),
    Scenario("96128: elderly", menu(elderly=True), line="96128"),
    Scenario("agent first: silence", menu(mode=FIRST)),
    Scenario("agent first: star", menu(mode=FIRST), (Press("*", "self_service"), "3")),
    Scenario("agent first: wrong key", menu(mode=FIRST), (Press("7", "greeting"),)),
    Scenario("called in: asked", menu_after(FakeWaiting()), tuple("1111111")),
    Scenario("called in: something else", menu_after(FakeWaiting()), ("2", "3")),
    Scenario("called in: closed", menu_after(FakeWaiting(), open=False, hours=HOURS), tuple("1111111")),
    Scenario("progress: asked", query_then_survey(FakeDesk(WAITS), FakeWaiting()), (TICKET, LAST4, *"3111111")),
    Scenario("progress: asked by another", query_then_survey(FakeDesk(WAITS), FakeWaiting(over=True)),
             (TICKET, LAST4, "3", "*")),
    Scenario("progress: add, urge", query(), (TICKET, LAST4, "1", "#", "2", "")),
    Scenario("progress: back", query(), (TICKET, LAST4, "*")),
    Scenario("progress: agent", query(), (TICKET, LAST4, "0")),
    Scenario("progress: status, then silence", query(), (TICKET, LAST4)),
    Scenario("progress: unit", query(FakeDesk(Progress("signed", unit="unit"))), (TICKET, LAST4, "*")),
    Scenario("progress: silence", query()),
    Scenario("progress: locked", query(), (TICKET, "1111") * 3),
    Scenario("progress: away", query(FakeDesk(away=True)), (TICKET, LAST4)),
    Scenario("voicemail: heard, again, submitted", message(), ("#", "1", "2", "#", "3")),
    Scenario("voicemail: left without a word", message(), ("#",)),
    Scenario("voicemail: away", message(FakeDesk(away=True)), ("#", "3")),
    Scenario("voicemail: nothing said", message(), ("#", "#"), recorded=0.4),
    Scenario("rating: 1", rate, ("1",)),
    Scenario("rating: 5", rate, ("5", "#")),
    Scenario("rating: silence", rate),
    Scenario("rating: wrong keys", rate, ("7", "0")),
    Scenario("survey: happy", call_back, ("1", "1", "1", "1", "1", "1")),
    Scenario("survey: unhappy", call_back, ("1", "1", "2", "3", "2", "5", "#")),
    Scenario("survey: wrong person", call_back, ("2",)),
    Scenario("survey: later", call_back, ("1", "2", "3")),
    Scenario("survey: two tickets", call_back_about_two, ("1", "1", "1", "1", "1", "1", "1", "2", "3", "2", "5", "#")),
    Scenario("survey: by voice", call_back, _SPOKEN, hears=True),
    Scenario("survey: not understood", call_back, (Say("嗯嗯"), Say("啊"), "1", "2", "1"), hears=True),
    Scenario("survey: recogniser busy", call_back, (Say("是", busy=True), "2"), hears=True),
    Scenario("poll: whole", poll, ("1", "1", "1", "2", "3")),
    Scenario("poll: not known", poll, ("1", "2", "3")),
    Scenario("poll: refused", poll, ("2",)),
    Scenario("survey: never", call_back, ("1", "3")),
    Scenario("survey: agent", call_back, ("1", "1", "0")),
    Scenario("survey: nobody answers", call_back, ("", "")),
    Scenario("survey: silence half way", call_back, ("1", "1", "1", "", "")),
    Scenario("survey: wrong keys", call_back, ("1", "1", "7", "7")),
)
