"""The test phones themselves, calling each other with no Asterisk between: what they report must be so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.phones import Phone, PhoneError, Refused, TimedOut, Town, audio

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def town() -> Iterator[Town]:
    with Town(limit=60) as town:
        yield town


def pair(town: Town) -> tuple[Phone, Phone]:
    """Return a citizen's trunk and an emergency desk that it calls."""
    desk = town.phone(bind="127.0.0.3", numbers=("110", "119", "120", "122"))
    return town.phone(bind="127.0.0.2", peer=desk.host), desk


def gone(pid: int) -> bool:
    """Return whether no process has this id (a child that was waited for leaves none)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_call_is_rung_answered_heard_and_ended(town: Town, tmp_path: Path) -> None:
    citizen, desk = pair(town)
    low, high = (audio.save(tmp_path / f"{hertz}.wav", audio.tone(hertz, 1.5)) for hertz in (440, 1000))
    call = citizen.call("110", caller="13800000001", caller_name="张三", headers={"X-Test": "yes"})
    there = desk.wait_call(number="110")
    ringing = call.wait("early")
    assert call.last_status == 180
    there.answer()
    assert call.wait("confirmed") >= ringing
    call.play(low)
    there.play(high)
    assert there.hears_tone(440) >= call.times["confirmed"] - 0.2
    assert call.hears_tone(1000) >= call.times["confirmed"] - 0.2
    assert (there.remote.user, there.remote.name, there.headers["X-Test"]) == ("13800000001", "张三", "yes")
    call.hangup()
    there.wait("disconnected")
    assert not audio.has_tone(call.heard(), 440)
    assert [entry.what for entry in call.log if entry.what in ("early", "confirmed", "disconnected")] == [
        "early",
        "confirmed",
        "disconnected",
    ]


def test_recordings_run_with_the_clock_and_are_complete_at_the_end(town: Town) -> None:
    citizen, desk = pair(town)
    desk.auto_answer()
    call = citizen.call("110")
    call.wait("confirmed")
    town.rest(2.0)
    call.hangup()
    heard = call.heard()
    assert len(heard) / audio.RATE == pytest.approx(call.times["disconnected"] - call.recorded_at, abs=0.3)
    assert audio.energy(heard) < 0.001
    town.rest(0.5)
    assert len(call.heard()) == len(heard)


def test_keys_arrive_both_ways(town: Town) -> None:
    citizen, desk = pair(town)
    desk.auto_answer(then=[("wait", 0.2), ("dtmf", "7")])
    call = citizen.call("110")
    call.wait("confirmed")
    assert call.dtmf("90*#") == call.pressed[-1][1]
    call.dtmf("5", method="info")
    there = desk.calls[0]
    town.wait_until(lambda: len(there.received) == 5, 5, "the keys")
    assert "".join(digit for digit, _ in there.received) == "90*#5"
    town.wait_until(lambda: call.received, 5, "the desk's key")
    assert call.received[0][0] == "7"
    presses = [at for _, at in call.pressed]
    assert presses == sorted(presses)


def test_each_number_of_a_desk_follows_its_own_rule(town: Town) -> None:
    citizen, desk = pair(town)
    desk.auto_answer(after=0.3, then=[("wait", 0.2), ("hangup",)])
    desk.auto_reject(486, number="119")
    desk.auto_ignore(number="122")
    answered = citizen.call("110")
    answered.wait("disconnected")
    assert answered.times["confirmed"] - answered.times["early"] >= 0.25
    for number, status in (("119", 486), ("10086", 404)):
        with pytest.raises(Refused) as refused:
            citizen.call(number).wait("confirmed")
        assert refused.value.status == status
    ringing = citizen.call("122")
    there = desk.wait_call(number="122")
    with pytest.raises(TimedOut):
        ringing.wait("confirmed", timeout=0.5)
    ringing.hangup()
    there.wait("disconnected")
    assert there.last_status == 487
    assert [call.number for call in desk.calls] == ["110", "119", "10086", "122"]


def test_hold_stops_the_voice_and_unhold_brings_it_back(town: Town, tmp_path: Path) -> None:
    citizen, desk = pair(town)
    tone = audio.save(tmp_path / "tone.wav", audio.tone(800, 1.0))
    desk.auto_answer()
    call = citizen.call("110")
    call.wait("confirmed")
    there = desk.wait_call()
    there.play(tone, repeat=True)
    call.hears_tone(800)
    call.hold()
    held_at = time.monotonic()
    town.rest(1.0)
    call.unhold()
    back_at = time.monotonic()
    assert call.hears_tone(800, since=back_at) >= back_at
    between = call.heard(held_at + 0.3)[: round(0.5 * audio.RATE)]
    assert len(between) == round(0.5 * audio.RATE)
    assert not audio.has_tone(between, 800)


@pytest.mark.parametrize(
    ("caller", "name", "user"),
    [("anonymous", "Anonymous", "anonymous"), ("alice", None, "alice"), ("", None, ""), (None, None, "")],
)
def test_any_caller_id_can_be_shown(town: Town, caller: str | None, name: str | None, user: str) -> None:
    citizen, desk = pair(town)
    citizen.call("110", caller=caller, caller_name=name)
    there = desk.wait_call()
    assert (there.remote.user, there.remote.name) == (user, name or "")


def test_early_media_is_heard_before_the_answer(town: Town, tmp_path: Path) -> None:
    citizen, desk = pair(town)
    call = citizen.call("120")
    there = desk.wait_call()
    there.play(audio.save(tmp_path / "tone.wav", audio.tone(600, 2.0)))
    there.answer(183)
    call.hears_tone(600)
    assert call.state == "early"
    there.reject(503)
    call.wait("disconnected")
    assert call.last_status == 503


def test_what_cannot_be_done_is_said(town: Town, tmp_path: Path) -> None:
    citizen, desk = pair(town)
    call = citizen.call("110")
    with pytest.raises(PhoneError, match="dtmf"):
        call.phone.ask("dtmf", call=99, digits="1", method="info")
    with pytest.raises(PhoneError, match="play"):
        call.play(tmp_path / "missing.wav")
    desk.wait_call().reject(603)
    call.wait("disconnected")
    with pytest.raises(PhoneError, match="over"):
        call.dtmf("1")
    with pytest.raises(PhoneError):
        town.phone(bind="127.0.0.3", port=desk.port)


def test_a_script_that_fails_shows_in_what_was_waited_for(town: Town) -> None:
    citizen, desk = pair(town)
    desk.auto_answer(then=[("play", "missing.wav"), ("hangup",)])
    call = citizen.call("110")
    call.wait("confirmed")
    with pytest.raises(TimedOut, match=r"errors of the phones: 127\.0\.0\.3"):
        call.wait("disconnected", timeout=1.0)


def test_a_town_leaves_nothing_even_when_the_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), Town(limit=30) as town:
        citizen, desk = pair(town)
        desk.auto_answer()
        citizen.call("110").wait("confirmed")
        folder, pids, hosts = town.folder, [p.worker.pid for p in town.phones], [p.host for p in town.phones]
        raise ZeroDivisionError
    assert not folder.exists()
    assert all(gone(pid) for pid in pids)
    with Town(limit=30) as again:
        for host in hosts:
            bind, _, port = host.partition(":")
            assert again.phone(bind=bind, port=int(port)).host == host


def test_a_stuck_phone_is_killed_and_a_dead_one_is_reported() -> None:
    with Town(limit=30) as town:
        stuck, dead = town.phone(), town.phone()
        os.kill(dead.worker.pid, signal.SIGKILL)
        with pytest.raises(PhoneError, match="ended"):
            town.rest(5.0)
        os.kill(stuck.worker.pid, signal.SIGSTOP)
        pids, folder = [stuck.worker.pid, dead.worker.pid], town.folder
        town.close(patience=0.5)
        assert all(gone(pid) for pid in pids)
        assert not folder.exists()


def test_phones_die_with_the_test_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from tests.phones import Town\n"
        "with Town(limit=60) as town:\n"
        "    phones = [town.phone(), town.phone()]\n"
        "    print(town.folder, *(phone.worker.pid for phone in phones), flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    folder, *pids = process.stdout.readline().split()
    process.kill()
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 15
    while time.monotonic() < end and not all(gone(int(pid)) for pid in pids):
        time.sleep(0.1)
    assert all(gone(int(pid)) for pid in pids)
    assert not Path(folder).exists()


def test_a_towns_time_is_limited() -> None:
    with Town(limit=3) as town, pytest.raises(TimedOut):
        town.phone().wait_call(timeout=100)


def test_twenty_phones_talk_at_once(tmp_path: Path) -> None:
    with Town(limit=100) as town:
        desks = [town.phone(bind="127.0.0.3") for _ in range(4)]
        for place, desk in enumerate(desks):
            tone = audio.save(tmp_path / f"{place}.wav", audio.tone(600 + 100 * place, 2.0))
            desk.auto_answer(then=[("play", str(tone))])
        callers = [town.phone(bind="127.0.0.2", peer=desk.host) for desk in desks for _ in range(4)]
        calls = [phone.call("110", caller=f"138000000{place:02}") for place, phone in enumerate(callers)]
        for place, call in enumerate(calls):
            call.hears_tone(600 + 100 * (place // 4), 20)
        shown = [call.remote.user for desk in desks for call in desk.calls]
        assert sorted(shown) == [f"138000000{place:02}" for place in range(16)]
        with pytest.raises(Refused, match="486"):
            town.phone(bind="127.0.0.2", peer=desks[0].host).call("110").wait("confirmed")


def test_recordings_and_traces_can_be_kept(tmp_path: Path) -> None:
    with Town(limit=30, keep=tmp_path / "kept") as town:
        citizen, desk = pair(town)
        desk.auto_answer(then=[("play", str(audio.save(tmp_path / "tone.wav", audio.tone(500, 3.0))))])
        call = citizen.call("119")
        call.hears_tone(500)
        assert "INVITE sip:119@127.0.0.3" in citizen.trace()
    assert audio.has_tone(audio.load(tmp_path / "kept" / "phone-2" / "call-1.wav"), 500)
    assert "BYE sip:" in (tmp_path / "kept" / "phone-2" / "trace.log").read_text()
