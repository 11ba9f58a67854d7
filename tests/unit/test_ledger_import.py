"""Reading Asterisk's files into the ledger: resumed, repeated, rotated, cut off, and always the same rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callqueue import reader
from callqueue.build import Handover
from callqueue.calls import Answer, Call
from callqueue.importer import Imported, Paths, close_open_before, hand_over_missed, import_new
from callqueue.queries import list_calls, show_call
from callqueue.tables import BadLineRow, CallRow, CelRow, QueueLogRow
from store.base import Base
from store.engine import Store
from tests.unit.cel_trace import START, lines

FOLDER = Path(__file__).parents[1] / "data" / "cel"
NAMES = ("attended-refer", "abandoned-queue", "emergency-by-caller", "survey-answered", "overflow", "killed")
CEL = b"".join((FOLDER / f"{name}.csv").read_bytes() for name in NAMES)
QUEUE_LOG = b"".join((FOLDER / f"{name}.queue_log").read_bytes() for name in NAMES)


class Taker:
    """The other side of the hand-over: gives a ticket to each inbound call, and remembers what it was given."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self.answers: list[tuple[str, str, str]] = []
        self.broken = False

    @property
    def handover(self) -> Handover:
        return Handover(self.on_closed, self.on_answer, lambda session, call: call)

    def on_closed(self, session: Session, call: Call) -> str | None:
        if self.broken:
            raise ValueError("no tickets today")
        self.closed.append(call.call_id)
        return f"T{call.call_id}" if call.direction == "inbound" else None

    def on_answer(self, session: Session, call: Call, answer: Answer) -> None:
        self.answers.append((call.ticket_no, answer.question, answer.value))


class Rig:
    """A folder with Asterisk's two files, and a database."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "cel.csv", folder / "queue_log")
        self.store = Store("sqlite://")
        Base.metadata.create_all(self.store.engine)
        self.taker = Taker()

    def write(self, cel: bytes = b"", queue_log: bytes = b"") -> None:
        for path, data in ((self.paths.cel, cel), (self.paths.queue_log, queue_log)):
            with path.open("ab") as file:
                file.write(data)

    def take(self) -> Imported:
        return import_new(self.store, self.paths, self.taker.handover)

    def calls(self) -> list[dict[str, Any]]:
        with self.store.begin() as session:
            found = [show_call(session, row["call_id"]) for row in list_calls(session, limit=1000)]
        return [row for row in found if row]

    def count(self, table: type[Base]) -> int:
        with self.store.begin() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.store.close()


def whole() -> list[dict[str, Any]]:
    """The rows when everything is read at once."""
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        rig.write(CEL, QUEUE_LOG)
        rig.take()
        found = rig.calls()
        rig.store.close()
    return found


WHOLE = whole()


def text(trace: str) -> bytes:
    return "".join(line + "\n" for line in lines(trace)).encode()


def test_every_recorded_call_is_one_row(rig: Rig) -> None:
    rig.write(CEL, QUEUE_LOG)
    done = rig.take()
    assert (done.calls, done.closed, done.bad_lines) == (6, 6, 0)
    assert done.events == CEL.count(b"\n") and done.queue_rows == QUEUE_LOG.count(b"\n")
    assert sorted(row["disposition"] for row in rig.calls()) == [
        "abandoned-queue",
        "answered",
        "emergency",
        "interrupted",
        "survey-partial",
        "voicemail",
    ]
    assert rig.take() == Imported()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_however_the_files_are_read_the_rows_are_the_same(data: st.DataObject) -> None:
    """Any prefix, repetition, rotation or interleaving of imports; every call and answer is handed over once."""
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        written = [0, 0]
        for turn in range(data.draw(st.integers(1, 6))):
            _step(rig, written, data.draw(st.integers(0, len(CEL))), data.draw(st.integers(0, len(QUEUE_LOG))))
            match data.draw(st.sampled_from(["read", "not", "rotate", "copy", "crash"])):
                case "read":
                    rig.take()
                case "rotate":
                    _rotate(rig.paths.cel, turn)
                    _rotate(rig.paths.queue_log, turn)
                case "copy":
                    shutil.copyfile(rig.paths.cel, f"{rig.paths.cel}.copy{turn}")
                case "crash":
                    _crash(rig)
        _step(rig, written, len(CEL), len(QUEUE_LOG))
        rig.take()
        assert rig.calls() == WHOLE
        assert sorted(rig.taker.closed) == sorted(set(rig.taker.closed)) == sorted(row["call_id"] for row in WHOLE)
        assert rig.taker.answers == [("251122000001", "identity", "yes")]
        rig.store.close()


def _step(rig: Rig, written: list[int], cel: int, queue_log: int) -> None:
    """Asterisk writes on, up to these bytes of its two files."""
    cel, queue_log = max(cel, written[0]), max(queue_log, written[1])
    if b"QUEUESTART" in QUEUE_LOG[:queue_log]:
        cel = len(CEL)  # it starts again, after all that was written before it stopped
    rig.write(CEL[written[0] : cel], QUEUE_LOG[written[1] : queue_log])
    written[:] = cel, queue_log


def _rotate(path: Path, turn: int) -> None:
    """logrotate moves a file between two lines: what is not a whole line yet is written to the old file's end."""
    data = path.read_bytes() if path.exists() else b""
    if data.endswith(b"\n"):
        path.rename(f"{path}.{turn}")


def _crash(rig: Rig) -> None:
    """The service is killed in the middle of an import: nothing of it is kept, the position neither."""
    before = (rig.count(CelRow), rig.count(QueueLogRow), rig.count(CallRow))
    taken = (list(rig.taker.closed), list(rig.taker.answers))

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        import_new(rig.store, rig.paths, Handover(killed, killed, killed))
        return
    rig.taker.closed, rig.taker.answers = taken
    assert (rig.count(CelRow), rig.count(QueueLogRow), rig.count(CallRow)) == before


def test_killed_in_the_middle_nothing_is_lost_or_doubled(rig: Rig) -> None:
    rig.write(CEL, QUEUE_LOG)
    _crash(rig)
    assert rig.count(CelRow) == 0
    rig.take()
    assert rig.calls() == WHOLE


def test_a_line_that_is_not_whole_yet_waits(rig: Rig) -> None:
    first, second = lines("0.0 c CHAN_START 12345\n0.1 c ANSWER")
    rig.write(f"{first}\n{second[:30]}".encode())
    assert (rig.take().events, rig.take().events) == (1, 0)
    rig.write(f"{second[30:]}\n".encode())
    assert (rig.take().events, rig.count(BadLineRow)) == (1, 0)


def test_a_file_cut_short_is_read_from_its_beginning(rig: Rig) -> None:
    """copytruncate: the old lines are in a copy, the file begins anew under its old inode."""
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER\n0.2 c path at=main&key=1"))
    rig.take()
    shutil.copyfile(rig.paths.cel, f"{rig.paths.cel}.1")
    rig.paths.cel.write_bytes(text("9.0 c HANGUP"))
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["abandoned-menu"]
    assert rig.count(CelRow) == 4


def test_a_file_that_began_anew_and_is_already_longer_is_noticed(rig: Rig) -> None:
    rig.write(text("0.0 c CHAN_START 12345"))
    rig.take()
    rig.paths.cel.write_bytes(text("0.1 c ANSWER\n0.2 c path at=main&key=1\n9.0 c HANGUP"))
    assert rig.take().events == 3


def test_a_file_cut_back_to_its_first_line_is_read_on(rig: Rig) -> None:
    """As after a file system's repair: the same beginning, and less than was read."""
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER\n0.2 c path at=main&key=1\n0.3 c path at=main&key=2"))
    rig.take()
    rig.paths.cel.write_bytes(text("0.0 c CHAN_START 12345\n9.0 c HANGUP"))
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["abandoned-menu"]


def test_rotated_twice_while_nobody_read(rig: Rig) -> None:
    for place, line in enumerate(["0.0 c CHAN_START 12345", "0.1 c ANSWER", "9.0 c HANGUP"]):
        rig.write(text(line))
        if place < 2:
            rig.paths.cel.rename(f"{rig.paths.cel}.{2 - place}")
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["abandoned-menu"]


def test_bad_lines_are_kept_apart_and_stop_nothing(rig: Rig) -> None:
    good, end = lines("0.0 c CHAN_START 12345\n9.0 c HANGUP")
    bad = ["rubbish", '"unclosed', "", "\0\0\0", "x" * 100_000, "\ud83d".encode("utf-16", "surrogatepass").hex()]
    rig.write("\n".join([good, *bad, end, ""]).encode(), b"nonsense\n\xff\xfe|\n")
    done = rig.take()
    assert (done.events, done.bad_lines, done.queue_rows) == (2, 7, 0)
    assert [row["disposition"] for row in rig.calls()] == ["no-answer"]
    with rig.store.begin() as session:
        kept = session.scalars(select(BadLineRow)).all()
        assert {row.source for row in kept} == {"cel", "queue_log"}
        assert max(len(row.text) for row in kept) == 500 and not any("\0" in row.text for row in kept)


def test_a_line_without_end_does_not_hold_up_the_rest(rig: Rig) -> None:
    rig.write(b"x" * (reader.LONGEST + 10))
    assert rig.take().bad_lines == 1
    rig.write(b"y\n" + text("0.0 c CHAN_START 12345\n9.0 c HANGUP"))
    assert rig.take().events == 2


def test_no_file_yet_is_nothing_new(rig: Rig) -> None:
    assert rig.take() == Imported()


def test_a_long_log_is_read_in_batches(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BATCH", 3000)
    monkeypatch.setattr(reader, "LONGEST", 3000)
    rig.write(CEL, QUEUE_LOG)
    done = rig.take()
    assert done.events == CEL.count(b"\n") and done.calls > 6
    assert rig.calls() == WHOLE


def test_a_call_is_handed_over_when_it_is_over_and_keeps_its_ticket(rig: Rig) -> None:
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER\n5.0 c rating value=4"))
    rig.take()
    assert (rig.taker.closed, rig.taker.answers) == ([], [])
    rig.write(text("9.0 c HANGUP"))
    rig.take()
    ticket = f"T{START}.0"
    assert (rig.taker.closed, rig.taker.answers) == ([f"{START}.0"], [(ticket, "rating", "4")])
    rig.write(text("9.0 c LINKEDID_END"))
    rig.take()
    assert [row["ticket_no"] for row in rig.calls()] == [ticket]
    assert len(rig.taker.closed) == 1


def test_an_answer_of_a_callback_is_handed_over_as_it_is_given(rig: Rig) -> None:
    rig.write(text("0.0 t CHAN_START s\n4.0 t ANSWER\n4.1 t survey ticket=1\n9.0 t answer question=consent&value=yes"))
    rig.take()
    assert (rig.taker.closed, rig.taker.answers) == ([], [("1", "consent", "yes")])


def test_a_fault_of_the_tickets_does_not_stop_the_ledger_and_is_made_up(rig: Rig) -> None:
    rig.taker.broken = True
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER\n5.0 c rating value=4\n9.0 c HANGUP"))
    assert rig.take().closed == 1
    assert [(row["ticket_no"], row["rating"]) for row in rig.calls()] == [("", 4)]
    rig.taker.broken = False
    assert hand_over_missed(rig.store, rig.taker.handover).calls == 1
    assert [row["ticket_no"] for row in rig.calls()] == [f"T{START}.0"]
    assert rig.taker.answers == [(f"T{START}.0", "rating", "4")]
    assert hand_over_missed(rig.store, rig.taker.handover) == Imported()


def test_without_a_taker_calls_wait_to_be_handed_over(rig: Rig) -> None:
    rig.write(CEL, QUEUE_LOG)
    import_new(rig.store, rig.paths)
    assert hand_over_missed(rig.store, rig.taker.handover).calls == 6
    assert sorted(rig.taker.closed) == sorted(row["call_id"] for row in WHOLE)
    assert rig.calls() == WHOLE


def test_a_start_of_asterisk_closes_what_was_open_whichever_file_is_read_first(rig: Rig) -> None:
    open_call = text("0.0 c CHAN_START 12345\n0.1 c ANSWER")
    rig.write(open_call)
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["open"]
    rig.write(queue_log=f"{START + 60}|NONE|NONE|NONE|QUEUESTART|\n".encode())
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["interrupted"]
    rig.write(text("70.0 b/later CHAN_START *11\n71.0 b/later ANSWER"))
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["open", "interrupted"]


def test_queue_log_that_comes_late_is_added_to_the_call(rig: Rig) -> None:
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER\n9.0 c HANGUP"))
    rig.take()
    assert [row["disposition"] for row in rig.calls()] == ["abandoned-menu"]
    call = f"{START}.0|consult|NONE"
    rig.write(queue_log=f"{START + 1}|{call}|ENTERQUEUE||1|1\n{START + 9}|{call}|ABANDON|1|1|8\n".encode())
    rig.take()
    assert [(row["disposition"], row["queue"]) for row in rig.calls()] == [("abandoned-queue", "consult")]


def test_whoever_knows_when_asterisk_started_can_say_so(rig: Rig) -> None:
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER"))
    rig.take()
    early = datetime.fromtimestamp(START - 10, UTC)
    assert close_open_before(rig.store, early, rig.taker.handover) == Imported()
    late = datetime.fromtimestamp(START + 10, UTC)
    assert close_open_before(rig.store, late, rig.taker.handover).closed == 1
    assert [row["disposition"] for row in rig.calls()] == ["interrupted"]
    assert rig.taker.closed == [f"{START}.0"]
    assert close_open_before(rig.store, late, rig.taker.handover) == Imported()


def test_two_rows_become_one_when_the_calls_turn_out_to_be_one(rig: Rig) -> None:
    rig.write(text("0.0 c CHAN_START 12345\n0.1 c ANSWER\n5.0 k/own CHAN_START 8002\n5.1 k/own ANSWER"))
    rig.take()
    assert len(rig.calls()) == 2
    rig.write(text("9.0 k ATTENDEDTRANSFER\n9.1 k HANGUP\n20.0 c HANGUP"))
    rig.take()
    assert [row["call_id"] for row in rig.calls()] == [f"{START}.0"]


def test_the_list_is_found_by_day_disposition_and_caller(rig: Rig) -> None:
    rig.write(CEL, QUEUE_LOG)
    rig.take()
    with rig.store.begin() as session:
        everything = list_calls(session)
        started = [row["started_at"] for row in everything]
        assert started == sorted(started, reverse=True)
        first = datetime.fromisoformat(everything[-1]["started_at"])
        assert len(list_calls(session, since=first)) == 6 and list_calls(session, until=first) == []
        assert [row["queue"] for row in list_calls(session, disposition="voicemail")] == ["consult"]
        assert len(list_calls(session, caller="13800000001")) == 5 and len(list_calls(session, limit=2)) == 2
        assert show_call(session, "no-such-call") is None
    row = everything[0]
    assert row["started_at"].endswith("+08:00") and "handed_over" not in row


def test_an_emergency_is_shown_with_its_call(rig: Rig) -> None:
    rig.write(CEL, QUEUE_LOG)
    rig.take()
    (row,) = (row for row in rig.calls() if row["emergency"])
    (record,) = row["emergencies"]
    assert (record["service"], record["outcome"], record["agent"]) == ("110", "answered", "8001")
    assert record["pressed_at"] < record["answered_at"] < record["agent_joined_at"] < record["ended_at"]
