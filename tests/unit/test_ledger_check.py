"""The proof of a day (issue: every call is accounted for): a clean day is clean, and each kind of fault is found."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callqueue.cel import CelEvent
from callqueue.findings import Kind
from callqueue.importer import Paths, import_new
from callqueue.proof import Proof, Tables, _due
from callqueue.queuelog import QueueRow
from callqueue.tables import CallRow, CelRow, QueueLogRow
from callqueue.witnesses import left_at_once
from hotline import ledger
from hotline.cli import main
from hotline.handover import HANDOVER
from hotline.settings import load
from store import migrate
from store.base import LOCAL
from store.engine import Store
from tests.unit.cel_trace import CHANNELS, START, lines
from tickets.tables import TicketRow

DAY = datetime.fromtimestamp(START, LOCAL).date()
FILE = f"{DAY:%Y/%m/%d}/first-8001.wav"
ANSWERED = """
0.000 c CHAN_START 12345
0.010 c visit direction=inbound&line=12345&caller=13800000001&dialled=12345
0.020 c ANSWER
1.010 c queue queue=consult
1.010 c APP_START Queue consult,ct,,,300
2.000 a CHAN_START s
5.000 a ANSWER
5.010 a agent agent=8001&call=1800000000.0
5.012 a recording file={file}
5.020 a BRIDGE_ENTER one
5.020 c BRIDGE_ENTER one
35.02 a BRIDGE_EXIT one
35.02 a HANGUP
35.03 a CHAN_END
35.03 c BRIDGE_EXIT one
35.03 c APP_END Queue consult
35.03 c queue-end status=CONTINUE
40.00 c HANGUP
40.00 c CHAN_END
40.00 c LINKEDID_END
""".replace("{file}", FILE.replace("/", "%2F"))  # fmt: skip
ABANDONED = """
100.0 t/1800000000.4 CHAN_START 12345
100.1 t/1800000000.4 visit direction=inbound&line=12345&caller=13800000005&dialled=12345
100.2 t/1800000000.4 ANSWER
101.0 t/1800000000.4 queue queue=consult
101.0 t/1800000000.4 APP_START Queue consult,ct,,,300
109.0 t/1800000000.4 APP_END Queue consult
109.0 t/1800000000.4 HANGUP
109.0 t/1800000000.4 CHAN_END
109.0 t/1800000000.4 LINKEDID_END
"""
QUEUE_ROWS = """
0|NONE|NONE|NONE|QUEUESTART|
1|1800000000.0|consult|NONE|ENTERQUEUE||13800000001|1
5|1800000000.0|consult|PJSIP/8001|CONNECT|4|1800000000.1|3
35|1800000000.0|consult|PJSIP/8001|COMPLETEAGENT|4|30|1
101|1800000000.4|consult|NONE|ENTERQUEUE||13800000005|1
109|1800000000.4|consult|NONE|ABANDON|1|1|8
"""
RECORDS = ((0, 40, "c", "ANSWERED"), (2, 33, "a", "ANSWERED"), (100, 9, "t", "ANSWERED"))


@dataclass
class Home:
    """A home folder with a day of two calls: one answered, one abandoned in the queue."""

    folder: Path

    @property
    def cel(self) -> Path:
        return self.folder / "log/cel-custom/cel.csv"

    @property
    def queue_log(self) -> Path:
        return self.folder / "log/queue_log"

    @property
    def cdr(self) -> Path:
        return self.folder / "log/cdr-custom/cdr.csv"

    @property
    def recording(self) -> Path:
        return self.folder / "recordings" / FILE

    def write(self) -> None:
        for file in (self.cel, self.cdr, self.recording):
            file.parent.mkdir(parents=True)
        self.cel.write_text("\n".join([*lines(ANSWERED), *lines(ABANDONED)]) + "\n")
        moved = [f"{START + int(one.partition('|')[0])}|{one.partition('|')[2]}" for one in QUEUE_ROWS.split()]
        self.queue_log.write_text("\n".join(moved) + "\n")
        self.cdr.write_text("".join(_record(*record) for record in RECORDS))
        self.recording.write_bytes(b"RIFF" + bytes(3000))

    def drop(self, file: Path, pattern: str) -> None:
        """Takes the lines that match out of a log; at least one does."""
        before = file.read_text().splitlines()
        after = [line for line in before if not re.search(pattern, line)]
        assert len(after) < len(before)
        file.write_text("".join(line + "\n" for line in after))

    def store(self) -> Store:
        return Store(load().database)

    def change(self, change: Callable[[Session], object]) -> None:
        store = self.store()
        with store.begin() as session:
            change(session)
        store.close()

    def take(self) -> None:
        """Imports what is on disk, as the service does."""
        store = self.store()
        import_new(store, Paths(self.cel, self.queue_log), HANDOVER)
        store.close()

    def proof(self) -> Proof:
        store = self.store()
        with store.begin() as session:
            found = ledger.proof_of(session, load(), DAY)
        store.close()
        return found

    def kinds(self) -> set[Kind]:
        proof = self.proof()
        assert proof.holds is not bool(proof.findings) or not all(count.equal for count in proof.counts)
        return {finding.kind for finding in proof.findings}


def _record(begin: int, lasts: int, leg: str, disposition: str) -> str:
    output = io.StringIO()
    times = [f"{datetime.fromtimestamp(START + at, LOCAL):%Y-%m-%d %H:%M:%S}" for at in (begin, begin, begin + lasts)]
    own = f"{START}.{list(CHANNELS).index(leg)}"
    fields = [*times, "1", "12345", CHANNELS[leg], "", disposition, lasts, lasts, own, own]
    csv.writer(output, quoting=csv.QUOTE_ALL).writerow(fields)
    return output.getvalue()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home folder, not yet imported; the day is long past."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setattr(ledger, "now", lambda: datetime.fromtimestamp(START, LOCAL) + timedelta(hours=12))
    made = Home(tmp_path)
    made.write()
    migrate.upgrade(load().database)
    return made


def test_a_clean_day_is_clean(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.take()
    proof = home.proof()
    assert (proof.findings, proof.dispositions) == ((), {"abandoned-queue": 1, "answered": 1})
    assert {count.left: (count.of_left, count.of_right) for count in proof.counts} == {
        "lines of CEL on disk": (29, 29),
        "rows of queue_log on disk": (5, 5),
        "calls in CEL": (2, 2),
        "calls in the ledger": (2, 2),
        "entries into queues": (2, 2),
        "calls that ended by themselves": (2, 2),
        "calls that leave a ticket": (1, 1),
        "recordings in the ledger": (1, 1),
    }
    assert main(["ledger", "check", "--day", DAY.isoformat()]) == 0
    assert "every call is accounted for" in capsys.readouterr().out
    assert main(["ledger", "check", "--day", DAY.isoformat(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True


def test_a_day_without_calls_is_clean(home: Home) -> None:
    home.take()
    assert main(["ledger", "check", "--day", (DAY - timedelta(days=3)).isoformat()]) == 0


def test_a_fault_is_printed_and_the_command_fails(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.take()
    home.recording.unlink()
    assert main(["ledger", "check", "--day", DAY.isoformat()]) == 1
    said = capsys.readouterr().out
    assert "NOT every call" in said and f"recording-lost: 1800000000.0 ({FILE})" in said


# Each kind of line that Asterisk writes of a channel, taken out of the event log before it is read.
@pytest.mark.parametrize(
    "event",
    ["CHAN_START", "HANGUP", "CHAN_END", "BRIDGE_ENTER", "BRIDGE_EXIT", "APP_START", "APP_END", "LINKEDID_END"],
)
def test_a_missing_line_of_the_event_log(home: Home, event: str) -> None:
    number = {"CHAN_START": r"8001"}.get(event, "")
    home.drop(home.cel, rf'^"{event}".*{number}')
    home.take()
    assert Kind.EVENT_MISSING in home.kinds() or Kind.OPEN_FOR_EVER in home.kinds()


def test_a_call_whose_lines_are_all_gone(home: Home) -> None:
    """queue_log and the call detail records still know of it."""
    home.drop(home.cel, r'"1800000000\.4"')
    home.take()
    assert home.kinds() == {Kind.QUEUE_ROW_LOOSE, Kind.CDR_LOOSE}


def test_a_line_that_was_removed_after_it_was_read(home: Home) -> None:
    home.take()
    home.drop(home.cel, r'^"ANSWER".*"1800000000\.4"')
    assert Kind.NOT_ON_DISK in home.kinds()


def test_a_line_that_never_came_into_the_tables(home: Home) -> None:
    home.take()
    home.change(lambda session: session.execute(delete(CelRow).where(CelRow.kind == "ANSWER")))
    assert home.kinds() == {Kind.NOT_IMPORTED}


def test_a_row_of_queue_log_that_never_came_into_the_tables(home: Home) -> None:
    home.take()
    home.change(lambda session: session.execute(delete(QueueLogRow).where(QueueLogRow.event == "CONNECT")))
    assert home.kinds() == {Kind.NOT_IMPORTED}


def test_a_line_that_nobody_understands(home: Home) -> None:
    home.cel.write_text(home.cel.read_text() + '"HANGUP","oh"\n')
    home.take()
    assert home.kinds() == {Kind.BAD_LINE}


def test_a_call_that_the_ledger_does_not_have(home: Home) -> None:
    home.take()
    home.change(lambda session: session.execute(delete(CallRow).where(CallRow.disposition == "abandoned-queue")))
    assert home.kinds() == {Kind.CALL_MISSING}


def test_a_second_row_of_the_same_call(home: Home) -> None:
    home.take()
    home.change(lambda session: _copy(session, "1800000000.1"))
    assert home.kinds() >= {Kind.CALL_DOUBLE}


def test_a_row_of_which_no_log_knows(home: Home) -> None:
    home.take()
    home.change(lambda session: _copy(session, "1800000000.99"))
    assert home.kinds() >= {Kind.CALL_UNFOUNDED}


def _copy(session: Session, call_id: str) -> None:
    row = session.execute(select(CallRow.__table__).where(CallRow.call_id == "1800000000.0")).one()
    session.execute(CallRow.__table__.insert().values(dict(row._mapping) | {"call_id": call_id}))


@pytest.mark.parametrize(
    ("column", "value"), [("disposition", "abandoned-menu"), ("talk_s", 31.0), ("agent", "8002"), ("ended_at", None)]
)
def test_a_row_that_says_something_else(home: Home, column: str, value: object) -> None:
    home.take()
    home.change(
        lambda session: session.execute(
            update(CallRow).where(CallRow.call_id == "1800000000.0").values({column: value})
        )
    )
    assert Kind.CALL_DIFFERENT in home.kinds()


def test_a_call_that_is_open_for_ever(home: Home) -> None:
    home.drop(home.cel, r'^"(HANGUP|CHAN_END|LINKEDID_END)".*"1800000000\.4"')
    home.take()
    assert Kind.OPEN_FOR_EVER in home.kinds()


def test_a_call_under_way_is_no_fault(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.drop(home.cel, r'^"(APP_END|HANGUP|CHAN_END|LINKEDID_END)".*"1800000000\.4"')
    home.drop(home.queue_log, "ABANDON")
    home.drop(home.cdr, r"1800000000\.4")
    home.take()
    monkeypatch.setattr(ledger, "now", lambda: datetime.fromtimestamp(START, LOCAL) + timedelta(minutes=5))
    proof = home.proof()
    assert (proof.findings, proof.holds, proof.dispositions) == ((), True, {"answered": 1, "open": 1})


def test_a_stay_in_a_queue_that_never_ends(home: Home) -> None:
    home.drop(home.queue_log, "ABANDON")
    home.take()
    assert home.kinds() == {Kind.QUEUE_OPEN}


def test_who_is_moved_to_another_queue_has_left_the_first(home: Home) -> None:
    log = home.queue_log.read_text()
    home.queue_log.write_text(log.replace("ABANDON|1|1|8", "WITHDRAW|1|1|8|yi"))
    home.take()
    assert home.kinds() == set()


def test_a_talk_that_queue_log_has_and_the_ledger_has_not(home: Home) -> None:
    """The lines of the bridge are gone as if they had never been."""
    home.drop(home.cel, r'^"BRIDGE_')
    home.drop(home.cel, r'"recording"')
    home.recording.unlink()
    home.take()
    assert Kind.QUEUE_DISAGREES in home.kinds()


@pytest.mark.parametrize(("stayed", "at_once"), [(0.2, True), (1.9, True), (2.5, False), (30.0, False)])
def test_an_agent_who_hangs_up_while_being_joined_was_gone_at_once(stayed: float, at_once: bool) -> None:
    """queue_log counts until the caller's own call is over; the agent's channel tells how long it was there."""
    rows = [
        QueueRow(10_000_000, "c", "consult", "8001", "CONNECT", ("0", "a", "0")),
        QueueRow(40_000_000, "c", "consult", "8001", "COMPLETECALLER", ("0", "30", "1")),
    ]
    events = [SimpleNamespace(uniqueid="a", at=10_000_000 + round(stayed * 1_000_000))]
    assert left_at_once(rows, cast(list[CelEvent], events)) is at_once
    assert not left_at_once(rows[1:], cast(list[CelEvent], events)), "nobody is known to have answered"
    assert not left_at_once(rows, []), "of a channel that CEL does not know nothing is excused"


def test_a_call_without_a_call_detail_record(home: Home) -> None:
    home.drop(home.cdr, r"1800000000\.4")
    home.take()
    assert home.kinds() == {Kind.CDR_MISSING}


def restarted(home: Home, after: int) -> None:
    """Asterisk was started again so many seconds after the day's first call."""
    with home.queue_log.open("a") as file:
        file.write(f"{START + after}|NONE|NONE|NONE|QUEUESTART|\n")


def test_a_restart_excuses_no_call_that_was_over_before_it(home: Home) -> None:
    restarted(home, 3600)
    home.take()
    assert home.proof().holds
    home.drop(home.cdr, r"1800000000\.4")
    assert home.kinds() == {Kind.CDR_MISSING}


def test_a_restart_excuses_a_call_that_it_cut_off(home: Home) -> None:
    home.drop(home.cel, r'^"(HANGUP|CHAN_END|LINKEDID_END|APP_END)".*1800000000\.4')
    home.drop(home.queue_log, "ABANDON")
    home.drop(home.cdr, r"1800000000\.4")
    restarted(home, 3600)
    home.take()
    assert home.proof().holds


def test_no_call_detail_records_at_all(home: Home) -> None:
    home.cdr.unlink()
    home.take()
    assert Kind.LOG_MISSING in home.kinds()


def test_a_call_that_left_no_ticket(home: Home) -> None:
    home.take()
    home.change(lambda session: session.execute(update(CallRow).values(ticket_no="")))
    assert Kind.TICKET_MISSING in home.kinds()


def test_a_ticket_without_its_call(home: Home) -> None:
    home.take()
    home.change(lambda session: session.execute(update(TicketRow).values(call_id="1800000000.77")))
    assert Kind.TICKET_LOOSE in home.kinds()


def test_a_recording_that_is_empty(home: Home) -> None:
    home.take()
    home.recording.write_bytes(b"RIFF")
    assert home.kinds() == {Kind.RECORDING_LOST}


@pytest.mark.parametrize(("talk", "emergency", "due"), [(0.012, "", []), (0.0, "119", ["x.wav"]), (0.6, "", ["x.wav"])])
def test_a_talk_that_ends_as_it_begins_need_not_be_on_disk(talk: float, emergency: str, due: list[str]) -> None:
    made = [{"kind": "call", "file": "x.wav", "seconds": None}]
    row = {"ended_at": DAY, "talk_s": talk, "emergency": emergency, "recordings": made}
    tables = SimpleNamespace(calls={"c": row})
    assert [file for _, file in _due(cast(Tables, tables))] == due


def test_a_recording_of_nobody(home: Home) -> None:
    home.take()
    home.recording.with_name("whose.wav").write_bytes(bytes(3000))
    assert home.kinds() == {Kind.RECORDING_LOOSE}


def test_a_talk_that_was_not_recorded(home: Home) -> None:
    home.drop(home.cel, '"recording"')
    home.recording.unlink()
    home.take()
    assert home.kinds() == {Kind.NOT_RECORDED}


def test_every_kind_of_fault_is_explained(home: Home) -> None:
    page = (Path(__file__).parents[2] / "docs/ledger.md").read_text(encoding="utf-8")
    assert {kind for kind in Kind if f"`{kind}`" not in page} == set()
    assert date(2027, 1, 15) == DAY
