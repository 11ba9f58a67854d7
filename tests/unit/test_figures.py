"""Every figure of a report against calls counted by hand (R15: 15 seconds, connection rate)."""

from __future__ import annotations

import csv
import io
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from callqueue import document, periods, sheets
from callqueue.figures import EXPLAINED, FIGURES, Bucket, values
from callqueue.periods import Period
from callqueue.reports import By, Report, report
from callqueue.tables import CallRow, EmergencyRow, QueueLogRow
from hotline.cli import main
from hotline.settings import load
from store import migrate
from store.base import LOCAL, Base
from store.engine import Store
from tests.stores import store

__all__ = ["store"]
DAY = datetime(2026, 7, 6, tzinfo=LOCAL)  # a Monday
BLANK: dict[str, Any] = {
    "line": "12345", "caller": "13800000001", "dialled": "12345", "queue": "", "agent": "", "wait_s": 0.0,
    "talk_s": 0.0, "hold_s": 0.0, "ring_s": 0.0, "ticket_no": "", "attempt": "", "rating": None, "emergency": "",
    "callback": "", "path": [], "agents": [], "recordings": [], "answers": [], "handed_over": True,
    "direction": "inbound", "trunk": "trunk",
}  # fmt: skip


def at(clock: str) -> datetime:
    hour, minute, second = map(int, clock.split(":"))
    return DAY + timedelta(hours=hour, minutes=minute, seconds=second)


def call(clock: str, disposition: str, **more: Any) -> CallRow:
    """A row; `queued`, `reached` and `lasts` are seconds after its beginning, `parts` the agents' talk and hold."""
    began = at(clock)
    queued, reached = more.pop("queued", None), more.pop("reached", None)
    lasts, answered, parts = more.pop("lasts", 100), more.pop("answered", 0.1), more.pop("parts", [])
    joined = began + timedelta(seconds=reached or 0)
    agents = []
    for agent, talk, hold in parts:
        agents.append({"agent": agent, "joined_at": joined.isoformat(), "talk_s": talk, "hold_s": hold})
        joined += timedelta(seconds=talk + hold)
    moments = {
        "started_at": began, "ended_at": began + timedelta(seconds=lasts),
        "answered_at": began + timedelta(seconds=answered),
        "queued_at": None if queued is None else began + timedelta(seconds=queued),
        "agent_at": None if reached is None else began + timedelta(seconds=reached),
    }  # fmt: skip
    sums = {"talk_s": sum(part[1] for part in parts), "hold_s": sum(part[2] for part in parts)}
    row = BLANK | moments | sums | {"agents": agents, "call_id": f"{clock}", "disposition": disposition, "transfers": 0}
    return CallRow(**(row | more))


# Twelve calls of a Monday morning. Counted by hand: 11 inbound, 9 of them ask for an agent, 5 reach one.
CALLS = (
    call("08:00:00", "answered", queued=10, reached=20, parts=[("8001", 60.0, 0.0)], queue="consult", rating=1),
    call("08:01:00", "answered", queued=10, reached=25, parts=[("8001", 120.0, 30.0)], queue="consult", rating=5,
         path=[{"at": "greeting", "key": "1", "time": ""}, {"at": "rating", "key": "5", "time": ""}]),
    call("08:16:00", "answered", queued=10, reached=28, parts=[("8002", 90.0, 0.0)], queue="request", rating=2),
    call("08:17:00", "answered", queued=10, reached=60, parts=[("8002", 100.0, 10.0), ("8001", 50.0, 0.0)],
         queue="request", transfers=1),
    call("08:20:00", "abandoned-queue", queued=10, lasts=14, queue="consult"),
    call("08:21:00", "abandoned-queue", queued=10, lasts=25, queue="consult"),
    call("08:22:00", "abandoned-queue", queued=10, lasts=200, queue="consult"),
    call("08:30:00", "voicemail", queued=10, lasts=400, queue="yi"),
    call("08:31:00", "abandoned-menu", lasts=9),
    call("08:32:00", "emergency", reached=6, parts=[("8001", 30.0, 0.0)], line="96128", trunk="citizen"),
    call("09:00:00", "answered", queued=5, reached=10, parts=[("8003", 80.0, 0.0)], queue="consult", answered=16.0),
    call("09:10:00", "answered", reached=3, parts=[("8003", 40.0, 0.0)], direction="outbound"),
)  # fmt: skip
HAND: dict[str, float | None] = {
    "inbound": 11, "greeted_15_pct": 90.9, "offered": 9, "answered": 5, "connection_pct": 55.6,
    "answered_15": 3, "answered_15_pct": 33.3, "answered_20": 4, "answered_20_pct": 44.4,
    "abandoned": 3, "abandoned_pct": 33.3, "abandoned_0_5": 1, "abandoned_5_15": 0, "abandoned_15_30": 1,
    "abandoned_30_60": 0, "abandoned_60_120": 0, "abandoned_120": 1, "other": 1,
    "wait_avg": 19.6, "wait_p90": 50.0,  # 10, 15, 18, 50, 5
    "talk_avg": 88.3, "hold_avg": 6.7,  # (60+120+90+150+30+80)/6, (30+10)/6
    "wrap_up_avg": None, "occupancy_pct": None, "missed_rings": None, "transfers": 1,
    "rated": 3, "rating_avg": 2.7, "satisfied_pct": 66.7,
}  # fmt: skip


def logged(clock: str, agent: str, event: str, data: str = "") -> QueueLogRow:
    moment = round(at(clock).timestamp() * 1_000_000)
    digest = len(clock + agent + event)
    return QueueLogRow(at=moment, digest=digest, call="", queue="consult", agent=agent, event=event, data=data)


QUEUE_LOG = (
    logged("07:59:00", "PJSIP/8001", "ADDMEMBER"),
    logged("08:40:00", "8001", "PAUSE", "rest"),
    logged("08:50:00", "8001", "UNPAUSE"),
    logged("08:50:00", "8001", "RINGNOANSWER", "5000"),
    logged("08:55:00", "8001", "PAUSE", "wrap-up"),
    logged("08:56:40", "8001", "UNPAUSE"),
    logged("09:00:00", "PJSIP/8001", "REMOVEMEMBER"),
)


def copy(row: Base) -> Base:
    """The row anew, for another database."""
    return type(row)(**{column.name: getattr(row, column.name) for column in row.__table__.columns})


@pytest.fixture
def filled(store: Store) -> Store:
    """The twelve calls, two emergencies and the agents' day."""
    with store.begin() as session:
        session.add_all(map(copy, CALLS))
        session.flush()
        session.add_all([_urgent(1, 1.0, 4.0, 9.0), _urgent(2, 2.0, None, 11.0)])
        session.add_all(map(copy, QUEUE_LOG))
    return store


def _urgent(number: int, calling: float, answered: float | None, joined: float) -> EmergencyRow:
    pressed = at("08:32:05")
    after = [None if s is None else pressed + timedelta(seconds=s) for s in (calling, calling, answered, joined)]
    return EmergencyRow(
        call_id="08:32:00", number=number, service="120", by="caller", caller="", pressed_at=pressed,
        calling_at=after[0], ringing_at=after[1], answered_at=after[2], agent_joined_at=after[3], ended_at=None,
        agent="8001", outcome="answered", recording="",
    )  # fmt: skip


def made(store: Store, period: Period = Period.DAY, by: By = By.NONE, wrap_up: int = 10) -> Report:
    with store.begin() as session:
        return report(session, DAY, DAY + timedelta(days=1), period, by, wrap_up)


def test_every_figure_of_the_day_is_what_was_counted_by_hand(filled: Store) -> None:
    found = made(filled)
    assert found.rows == ({"period": "2026-07-06", "of": "", **HAND},)
    assert found.totals == ({"of": "", **HAND},)
    assert HAND.keys() == {figure.name for figure in FIGURES}


def test_emergency_times_run_from_the_key(filled: Store) -> None:
    """R6."""
    assert made(filled).urgent == (
        {"period": "2026-07-06", "urgent": 2, "urgent_answered": 1, "urgent_called_avg": 1.5,
         "urgent_answered_avg": 4.0, "urgent_answered_p90": 4.0, "urgent_joined_avg": 10.0},
    )  # fmt: skip


def test_quarter_hours(filled: Store) -> None:
    rows = {row["period"][-5:]: (row["offered"], row["answered"]) for row in made(filled, Period.QUARTER).rows}
    assert rows == {"08:00": (2, 2), "08:15": (5, 2), "08:30": (1, 0), "09:00": (1, 1)}


def test_queues_lines_and_paths(filled: Store) -> None:
    offered = {row["of"]: (row["inbound"], row["offered"], row["answered"]) for row in made(filled, by=By.QUEUE).rows}
    assert offered == {"": (2, 0, 0), "consult": (6, 6, 3), "request": (2, 2, 2), "yi": (1, 1, 0)}
    assert {row["of"]: row["inbound"] for row in made(filled, by=By.LINE).rows} == {"12345": 10, "96128": 1}
    assert {row["of"]: row["inbound"] for row in made(filled, by=By.TRUNK).rows} == {"trunk": 10, "citizen": 1}
    assert {row["of"]: row["inbound"] for row in made(filled, by=By.PATH).rows} == {"": 10, "greeting:1": 1}


def test_agents_have_their_own_talk_hold_wrap_up_and_occupancy(filled: Store) -> None:
    """8001: logged in 61 min, paused 10; talks 60, 120 + 30 on hold, 50, 30; wrap-up 5 (the next call comes), 3 × 10,
    and a pause of 100 s.
    """
    rows = {row["of"]: row for row in made(filled, by=By.AGENT).rows}
    names = ("inbound", "talk_avg", "hold_avg", "wrap_up_avg", "missed_rings", "transfers", "occupancy_pct")
    one = {name: rows["8001"][name] for name in names}
    assert one == {
        "inbound": 4, "talk_avg": 65.0, "hold_avg": 7.5, "wrap_up_avg": 33.8, "missed_rings": 1, "transfers": 0,
        "occupancy_pct": 13.9,  # (260 + 30 + 135) / 3060
    }  # fmt: skip
    assert (rows["8002"]["inbound"], rows["8002"]["transfers"], rows["8002"]["occupancy_pct"]) == (2, 1, None)


def test_wrap_up_ends_with_the_next_call(filled: Store) -> None:
    """The first call of 8001 ends at 08:01:20, the second begins five seconds later."""
    longer = {row["of"]: row["wrap_up_avg"] for row in made(filled, by=By.AGENT, wrap_up=60).rows}
    assert longer["8001"] == round((5 + 60 + 60 + 60 + 100) / 4, 1)


def test_calls_that_an_agent_made_are_time_at_work(filled: Store) -> None:
    with filled.begin() as session:
        session.add(logged("09:00:00", "PJSIP/8003", "ADDMEMBER"))
        session.add(logged("09:20:00", "PJSIP/8003", "REMOVEMEMBER"))
    rows = {row["of"]: row["occupancy_pct"] for row in made(filled, by=By.AGENT).rows}
    assert rows["8003"] == round(100 * (80 + 40 + 20) / 1200, 1)


def test_nothing_is_no_figure_and_no_error() -> None:
    nothing = values(Bucket())
    assert (nothing["inbound"], nothing["connection_pct"], nothing["wait_p90"]) == (0, None, None)


@pytest.mark.parametrize(
    ("period", "first", "after", "name"),
    [
        (Period.QUARTER, "2026-07-06T08:45", "2026-07-06T09:00", "2026-07-06 08:45"),
        (Period.HOUR, "2026-07-06T08:00", "2026-07-06T09:00", "2026-07-06 08:00"),
        (Period.DAY, "2026-07-06T00:00", "2026-07-07T00:00", "2026-07-06"),
        (Period.WEEK, "2026-07-06T00:00", "2026-07-13T00:00", "2026-W28"),
        (Period.MONTH, "2026-07-01T00:00", "2026-08-01T00:00", "2026-07"),
    ],
)
def test_periods(period: Period, first: str, after: str, name: str) -> None:
    begun = periods.begin(period, datetime(2026, 7, 6, 8, 59, 59, 9, tzinfo=LOCAL))
    assert begun == datetime.fromisoformat(first).replace(tzinfo=LOCAL)
    assert periods.end(period, begun) == datetime.fromisoformat(after).replace(tzinfo=LOCAL)
    assert periods.name(period, begun) == name


def test_the_page_explains_every_figure_as_it_is_computed() -> None:
    text = document.PAGE.read_text(encoding="utf-8")
    assert document.filled(text) == text
    assert len({one.name for one in EXPLAINED}) == len(EXPLAINED)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with the twelve calls; its wrap-up is 10 seconds."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_WRAPUP_SECONDS", "10")
    migrate.upgrade(load().database)
    opened = Store(load().database)
    with opened.begin() as session:
        session.add_all(map(copy, CALLS))
    opened.close()
    return tmp_path


def test_the_command_prints_and_writes_sheets(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["report", "--since", "2026-07-06", "--until", "2026-07-06"]
    assert main([*words, "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    wanted = {name: "" if value is None else str(value) for name, value in HAND.items()}
    assert {name: row[name] for name in HAND} == wanted
    assert main([*words, "--xlsx", str(home / "out.xlsx")]) == 0
    book = openpyxl.load_workbook(home / "out.xlsx")
    assert book.sheetnames == ["指标", "合计", "紧急", "口径"]
    assert book["指标"]["C2"].value == 11
    assert main([*words, "--period", "quarter"]) == 0
    assert "2026-07-06 08:15" in capsys.readouterr().out
    assert main(["report", "--since", "2026-07-07", "--until", "2026-07-06"]) == 1


def test_a_group_that_a_caller_made_up_is_no_formula() -> None:
    row = {"period": "2026-07-06", "of": "=1+1", **HAND}
    (_, cells) = sheets.cells(Report(Period.DAY, By.LINE, (row,), (), ()))
    assert cells[1] == "'=1+1"
