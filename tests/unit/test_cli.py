"""The command line: whatever is wrong is said in one line on stderr with a non-zero code, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline import cli
from hotline.cli import COMMANDS
from hotline.settings import TABLE


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that holds nothing yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HOTLINE_HOME", str(folder))
    monkeypatch.delenv("HOTLINE_DEBUG", raising=False)
    return folder


def hotline(*words: str) -> int:
    try:
        return cli.main(words)
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


NOT_RUNNING = "no hotline is running"
NO_DATABASE = "no database yet"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "COMMAND"),
        (("fly",), 2, "'fly'"),
        (("up", "--sideways"), 2, "--sideways"),
        (("down", "now"), 2, "now"),
        (("status", "please"), 2, "please"),
        (("doctor", "--xml"), 2, "--xml"),
        (("demo", "again"), 2, "again"),
        (("demo",), 1, NOT_RUNNING),
        (("messages",), 2, "list"),
        (("messages", "list", "--fate", "lost"), 2, "lost"),
        (("messages", "list"), 1, "hotline up"),
        (("missed",), 2, "list"),
        (("missed", "show", "seven"), 2, "seven"),
        (("missed", "close", "1"), 2, "--reason"),
        (("missed", "call", "1", "8001"), 1, NOT_RUNNING),
        (("ledger",), 2, "check"),
        (("ledger", "check", "--day", "someday"), 2, "someday"),
        (("report", "--by", "moon"), 2, "moon"),
        (("report", "--since", "2026-07-02", "--until", "2026-07-01"), 1, "before"),
        (("staffing", "--target", "200"), 2, "200"),
        (("agents",), 2, "agents"),
        (("agents", "hire"), 2, "'hire'"),
        (("agents", "login"), 2, "N"),
        (("agents", "login", "12345"), 1, "12345 is not an agent"),
        (("agents", "login", "8001", "--queue", "nowhere"), 1, "nowhere"),
        (("agents", "login", "8001"), 1, NOT_RUNNING),
        (("agents", "logout", "8001"), 1, NOT_RUNNING),
        (("agents", "pause", "8001"), 2, "--reason"),
        (("agents", "pause", "8001", "--reason", "rest"), 1, NOT_RUNNING),
        (("agents", "unpause", "8001"), 1, NOT_RUNNING),
        (("agents", "wrapup", "8001"), 1, NOT_RUNNING),
        (("calls",), 2, "{list,show}"),
        (("calls", "list"), 1, NO_DATABASE),
        (("calls", "list", "--limit", "many"), 2, "many"),
        (("calls", "list", "--since", "yesterday"), 2, "yesterday"),
        (("calls", "show"), 2, "call_id"),
        (("calls", "show", "x"), 1, NO_DATABASE),
        (("ticket",), 2, "ticket_command"),
        (("ticket", "list"), 1, NO_DATABASE),
        (("speech",), 2, "{install,check,measure,transcribe}"),
        (("speech", "install", "nowhere"), 1, "nowhere"),
        (("speech", "check", "x.wav", "--question", "mood"), 2, "mood"),
        (("speech", "check", "x.wav", "--question", "satisfied"), 1, "x.wav is not a file"),
        (("speech", "measure", "nowhere"), 1, "answers.csv"),
        (("survey",), 2, "{run,show}"),
        (("survey", "run"), 2, "TICKET"),
        (("survey", "run", "260706000001"), 1, NOT_RUNNING),
        (("survey", "run", "12"), 2, "12 digits"),
        (("survey", "show", "260706000001"), 1, NO_DATABASE),
        (("survey", "run", "260706000001", "--questionnaire"), 2, "expected one argument"),
        (("questionnaire",), 2, "{list,show,check,add}"),
        (("questionnaire", "list"), 1, NO_DATABASE),
        (("questionnaire", "show"), 2, "name"),
        (("questionnaire", "check", "/nonexistent.toml"), 1, "/nonexistent.toml"),
        (("questionnaire", "check", "/dev/null"), 1, "'questions' is missing"),
        (("questionnaire", "add", "/dev/null"), 1, NO_DATABASE),
        (("callbacks",), 2, "ACTION"),
        (("callbacks", "list", "--stage", "nowhere"), 2, "nowhere"),
        (("callbacks", "run", "7"), 2, "12 digits"),
        (("callbacks", "pause"), 1, NO_DATABASE),
        (("callbacks", "figures", "--days", "many"), 2, "many"),
        (("callbacks", "list", "--limit", "-5"), 2, "-5"),
        (("callbacks", "people", "--limit", "0"), 2, "'0'"),
        (("callbacks", "checks"), 1, NO_DATABASE),
        (("prompts",), 2, "build,check,replace,list,units"),
        (("prompts", "replace", "greeting"), 2, "FILE"),
        (("prompts", "replace", "greeting", "/nonexistent.wav"), 1, "is not a file"),
        (("prompts", "build", "--voice", "parrot"), 1, "parrot"),
        (("figures",), 2, "ACTION"),
        (("figures", "show", "--by", "mood"), 2, "mood"),
        (("figures", "show", "--month", "2026-10"), 1, NO_DATABASE),
        (("ranking",), 2, "ACTION"),
        (("ranking", "publish"), 2, "NUMBER"),
        (("ranking", "list"), 1, NO_DATABASE),
        (("bulletin", "--format", "pdf"), 2, "pdf"),
        (("bulletin",), 1, NO_DATABASE),
        (("citizens",), 2, "elderly"),
        (("citizens", "elderly"), 2, "{add,remove,list}"),
        (("citizens", "elderly", "add"), 2, "NUMBER"),
        (("citizens", "elderly", "add", "grandma"), 2, "grandma"),
        (("citizens", "elderly", "list"), 1, NO_DATABASE),
        (("webhooks",), 2, "{list,add,remove,log,replay}"),
        (("webhooks", "list"), 1, NO_DATABASE),
        (("webhooks", "add", "http://a/", "--event", "weather"), 2, "weather"),
        (("webhooks", "replay", "first"), 2, "first"),
        (("webhooks", "log", "--limit", "many"), 2, "many"),
        (("settings", "all"), 2, "all"),
        (("db",), 2, "upgrade"),
        (("db", "downgrade"), 2, "downgrade"),
    ],
)
def test_bad_input_is_told_in_one_line(
    words: tuple[str, ...], code: int, says: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hotline(*words) == code
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1 and told.startswith("hotline")
    assert "Traceback" not in told
    assert not (home / "hotline.db").exists(), "looking makes no database"


def test_every_command_is_tried_with_bad_input() -> None:
    (marked,) = test_bad_input_is_told_in_one_line.pytestmark  # type: ignore[attr-defined]
    tried = {words[0] for words, _code, _says in marked.args[1] if words}
    # The service's own two take no input of people; the commands of other packages have tests of their own.
    others = {one.name for one in COMMANDS if not one.help or not one.module.startswith("hotline.")}
    assert {command.name for command in COMMANDS} - others <= tried


def test_deadlines_are_told_before_there_is_a_hotline(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """R22-R25, by the shipped calendar."""
    assert hotline("deadline", "--dispatched", "2026-02-13", "--type", "consult", "--json") == 0
    assert json.loads(capsys.readouterr().out)["resolve"] == "2026-02-27"
    assert not home.exists()


def test_a_wrong_setting_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_SIP_PORT", "sip")
    assert hotline("status") == 2
    assert capsys.readouterr().err == "hotline: HOTLINE_SIP_PORT: 'sip' is not a whole number\n"


def test_a_home_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "file" / "home"))
    assert hotline("up", "--detach") == 1
    told = capsys.readouterr().err
    assert "HOTLINE_HOME" in told and told.count("\n") == 1


def test_a_path_too_long_for_a_socket_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / ("long" * 25)))
    assert hotline("up", "--detach") == 1
    assert "too long" in capsys.readouterr().err


def test_an_unexpected_fault_is_one_line_and_a_traceback_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object) -> int:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("hotline.showing.run", fail)
    assert hotline("settings") == 1
    assert capsys.readouterr().err == "hotline: ZeroDivisionError: by nothing (HOTLINE_DEBUG=1 shows where)\n"
    monkeypatch.setenv("HOTLINE_DEBUG", "1")
    assert hotline("settings") == 1
    assert "Traceback" in capsys.readouterr().err


def test_interrupting_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("hotline.showing.run", interrupt)
    assert hotline("settings") == 130
    assert capsys.readouterr().err == "hotline: interrupted\n"


def test_settings_shows_every_setting_with_value_default_and_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_AGENTS", "3")
    monkeypatch.setenv("HOTLINE_DATABASE_URL", "postgresql://hotline:secret@db/hotline")
    assert hotline("settings", "--json") == 0
    shown = {row["variable"]: row for row in json.loads(capsys.readouterr().out)["settings"]}
    assert set(shown) == {setting.variable for setting in TABLE}
    assert (shown["HOTLINE_AGENTS"]["value"], shown["HOTLINE_AGENTS"]["default"]) == (3, 8)
    assert "secret" not in str(shown["HOTLINE_DATABASE_URL"]["value"])
    assert hotline("settings") == 0
    told = capsys.readouterr().out
    assert "HOTLINE_AGENTS = 3   (default 8)" in told and "secret" not in told


def test_status_and_down_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert hotline("status", "--json") == 3
    found = json.loads(capsys.readouterr().out)
    assert found["state"] == "stopped"
    assert {part["state"] for part in found["parts"].values()} == {"down"}
    assert hotline("down") == 0
    assert "no hotline is running" in capsys.readouterr().out


def test_elderly_numbers_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert hotline("db", "upgrade") == 0
    assert hotline("citizens", "elderly", "add", "+86 138-0000-0001") == 0
    assert hotline("citizens", "elderly", "add", "13800000001") == 0
    assert "added\nknown already" in capsys.readouterr().out
    assert hotline("citizens", "elderly", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == ["13800000001"]
    assert hotline("citizens", "elderly", "remove", "13800000001") == 0
    assert hotline("citizens", "elderly", "remove", "13800000001") == 1
    assert "13800000001 is not in the list" in capsys.readouterr().err


def test_calls_of_an_empty_ledger(capsys: pytest.CaptureFixture[str]) -> None:
    assert hotline("db", "upgrade") == 0
    assert hotline("calls", "list") == 0
    assert capsys.readouterr().out.endswith("none\n")
    assert hotline("calls", "show", "hotline-1.2") == 1
    assert capsys.readouterr().err == "hotline: no call hotline-1.2 in the ledger\n"
