"""The supervisor with tiny children: restarts with back-off, kills what gives no sign of life, never a stranger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline import processes
from hotline.processes import Process
from hotline.supervisor import GAP, LONGEST_WAIT, STARTING, STEADY, Keeper, Part, Sign, Supervisor, Watch, recorded

SLEEPER = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def child(tmp_path: Path, code: str, *signs: Sign, stop_seconds: float = 5.0) -> Part:
    return Part("child", (sys.executable, "-c", code), tmp_path / "out", dict(os.environ), signs, stop_seconds)


def until(seen: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[..., Keeper]]:
    """Makes keepers; their children end with the test."""
    made: list[Keeper] = []

    def make(code: str, *signs: Sign, **more: float) -> Keeper:
        made.append(Keeper(child(tmp_path, code, *signs, **more)))
        return made[-1]

    yield make
    for keeper in made:
        if keeper.process:
            processes.send(keeper.process, signal.SIGKILL)
        keeper.end()


def ended(keeper: Keeper) -> bool:
    return not processes.alive(keeper.process)


def test_a_part_that_dies_is_started_again_after_ever_longer_waits(keep: Callable[..., Keeper]) -> None:
    keeper = keep("raise SystemExit(3)")
    now, waits = 0.0, []
    for _ in range(3):
        assert keeper.look(now)  # started
        until(lambda: ended(keeper))
        assert keeper.look(now)  # found dead
        died = now
        while not keeper.look(now):
            now += 0.25
        waits.append(now - died)
        until(lambda: ended(keeper))
        assert keeper.look(now)
        now += LONGEST_WAIT
    assert waits[0] >= 0.5 and waits == sorted(set(waits))
    assert keeper.restarts == 5


def test_the_wait_is_bounded_and_short_again_after_a_steady_run(keep: Callable[..., Keeper]) -> None:
    keeper = keep("pass")
    now = 0.0
    for _ in range(8):
        keeper.look(now)
        until(lambda: ended(keeper))
        keeper.look(now)
        now += LONGEST_WAIT
    assert keeper.look(now), "the longest wait is ten seconds"
    until(lambda: ended(keeper))
    now += STEADY + 1
    keeper.look(now)
    assert not keeper.look(now + 0.4)
    assert keeper.look(now + 0.6)


def test_a_program_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    keeper = Keeper(Part("gone", (str(tmp_path / "nothing"),), tmp_path / "out"))
    assert keeper.look(0.0)
    assert keeper.process is None
    assert not keeper.look(0.1)
    assert keeper.look(1.0)


def test_a_part_without_sign_of_life_is_killed_and_started_again(
    keep: Callable[..., Keeper], tmp_path: Path
) -> None:
    keeper = keep(SLEEPER, Sign(tmp_path / "alive", 5.0))
    keeper.look(0.0)
    first = keeper.process
    assert first
    now = 0.0
    while now < STARTING:
        now += 1.0
        assert not keeper.look(now), "a part may take its time to start"
    assert keeper.look(now + 1.0)
    assert not processes.alive(first)
    assert keeper.look(now + 2.0) and keeper.process != first


def test_a_stopped_process_is_killed_too(keep: Callable[..., Keeper], tmp_path: Path) -> None:
    """SIGSTOP: the socket still accepts, so only the missing sign tells."""
    keeper = keep(SLEEPER, Sign(tmp_path / "alive", 5.0))
    keeper.look(0.0)
    (tmp_path / "alive").touch()
    keeper.look(1.0)
    process = keeper.process
    assert process and processes.send(process, signal.SIGSTOP)
    for second in (2.0, 3.0, 4.0, 5.0, 6.0):
        assert not keeper.look(second)
    assert keeper.look(6.5)
    assert not processes.alive(process)


def test_signs_of_life_keep_a_part_running(tmp_path: Path) -> None:
    file, now = tmp_path / "alive", 100.0
    watch = Watch(Sign(file, 5.0))
    watch.start(now)
    for tick in range(200):
        now += 1.0
        file.touch()
        os.utime(file, ns=(tick, tick))
        assert not watch.overdue(now)
    assert not watch.overdue(now + 5.0)
    assert watch.overdue(now + 5.1)


def test_an_old_sign_is_none(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    file.touch()
    watch = Watch(Sign(file, 5.0))
    watch.start(0.0)
    assert not watch.overdue(STARTING)
    assert watch.overdue(STARTING + 0.1)


def test_a_machine_that_was_suspended_is_no_reason_to_kill(keep: Callable[..., Keeper], tmp_path: Path) -> None:
    """After a gap in our own looking the part gets its whole time again, whichever clock went on meanwhile."""
    keeper = keep(SLEEPER, Sign(tmp_path / "alive", 5.0))
    keeper.look(0.0)
    (tmp_path / "alive").touch()
    keeper.look(1.0)
    process = keeper.process
    assert not keeper.look(3600.0)
    assert not keeper.look(3600.0 + GAP)
    assert processes.alive(process)
    assert not keeper.look(3604.0) and keeper.look(3605.5), "but then it is"
    assert not processes.alive(process)


def test_a_part_that_heeds_nothing_is_killed(keep: Callable[..., Keeper], tmp_path: Path) -> None:
    keeper = keep(DEAF, stop_seconds=0.3)
    keeper.look(0.0)
    until(lambda: "deaf" in (tmp_path / "out").read_text())
    assert keeper.end() == "killed"
    assert keep(SLEEPER).end() == "gone"


def test_a_supervisor_writes_who_runs_and_forgets_them(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    watched = Supervisor([child(tmp_path, SLEEPER)], record)
    watched.look()
    known = recorded(record)
    assert known["supervisor"].pid == os.getpid()
    assert processes.alive(known["child"])
    assert record.stat().st_mode & 0o077 == 0
    watched.stop()
    assert not processes.alive(known["child"])
    assert not record.exists() and recorded(record) == {}


def test_a_damaged_record_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "record").write_text('{"asterisk": {"pid"')
    assert recorded(tmp_path / "record") == {}


def test_a_stranger_with_our_pid_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as stranger:
        ours = Process(stranger.pid, "another boot:1")
        try:
            assert not processes.alive(ours)
            assert not processes.send(ours, signal.SIGKILL)
            assert processes.stop(ours, 1.0) == "gone"
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_process_that_has_ended_is_known_as_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as short:
        known = processes.of(short.pid)
        short.wait()
    assert known is None or not processes.alive(known)
    assert processes.of(2**22 + 1) is None
