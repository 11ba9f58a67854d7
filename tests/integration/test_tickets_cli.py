"""The command line: a whole life by `hotline ticket ...`, deadlines, the calendar and units, each with --json."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console import audit
from hotline.record import on_record
from store.engine import Store
from tickets.cli import register
from tickets.deadlines import DEFAULT
from tickets.sheets import read_rows
from tickets.table import COLUMNS
from tickets.transitions import TABLE

Run = Callable[..., Any]


def parsed(*words: str, attachments: Path = Path("attachments")) -> Namespace:
    """The arguments of a command, with the rules of a county that has set none and its folder of files."""
    parser = ArgumentParser()
    register(parser.add_subparsers(required=True))
    return parser.parse_args(words, Namespace(rules=DEFAULT, attachments=attachments, seen=on_record))


@pytest.fixture
def run(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json and gives its answer; `code` is the exit code it must have."""

    def go(*words: str, code: int = 0) -> Any:
        args = parsed(*words, "--json", attachments=tmp_path / "attachments")
        assert args.handler(args, store) == code
        return json.loads(capsys.readouterr().out)

    return go


@pytest.fixture
def number(run: Run) -> str:
    run("units", "start")
    words = ["--subject", "自来水停水", "--body", "城关路停水三天", "--phone", "13800000001", "--type", "help"]
    made: str = run("ticket", "new", *words, "--matter", "0301", "--accept")["number"]
    return made


def test_what_is_shown_is_on_record_first(run: Run, number: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who saw which citizen's data: the machine's account, whatever name it gives itself."""
    monkeypatch.setattr("getpass.getuser", lambda: "operator")
    run("ticket", "show", number)
    run("ticket", "history", number)
    run("ticket", "list")
    run("ticket", "files", number, "--by", "somebody")
    run("ticket", "show", "260101999999", code=1)
    with store.begin() as session:
        seen = [(row["account"], row["action"], row["detail"]["tickets"]) for row in audit.read(session, 10)[0]]
    assert seen[::-1] == [("cli:operator", action, [number]) for action in ("read", "history", "read", "read")]


def test_a_life_by_command(run: Run, number: str) -> None:
    """R12: from registration to filing, then again."""
    steps: list[tuple[str, list[str], str]] = [
        ("dispatch", ["--unit", "swj"], "dispatched"),
        ("return", ["--reason", "该路段由供电局负责，不属我单位"], "returned"),
        ("rule", ["--no-upheld", "--reason", "属水务局职责"], "dispatched"),
        ("sign", [], "signed"),
        ("contact", ["--reason", "已电话联系群众"], "contacted"),
        ("extend", ["--days", "5", "--reason", "要更换主管道"], "contacted"),
        ("decide", ["--granted", "--reason", "同意"], "contacted"),
        ("resolve", ["--result", "已恢复供水"], "resolved"),
        ("review", ["--no-passed", "--reason", "群众称未恢复"], "reopened"),
        ("sign", [], "signed"),
        ("contact", [], "contacted"),
        ("resolve", ["--result", "已恢复供水"], "resolved"),
        ("supervise", ["--reason", "热点"], "resolved"),
        ("review", ["--passed"], "reviewed"),
        ("callback", ["--by-means", "visit", "--satisfied", "1", "--truthful"], "callback"),
        ("close", [], "closed"),
        ("reopen", ["--reason", "又停水了"], "reopened"),
    ]
    for command, words, state in steps:
        assert run("ticket", command, number, *words)["state"] == state, command
    events = run("ticket", "history", number)["events"]
    assert [event["action"] for event in events] == ["create", "accept", *(step[0] for step in steps)]
    assert all(event["author"].startswith("cli:") and event["at"] and event["reason"] for event in events)
    assert run("ticket", "show", number)["version"] == len(events)


def test_refuse_and_merge(run: Run, number: str) -> None:
    refused = run("ticket", "new", "--subject", "债务纠纷", "--type", "help")
    told = run("ticket", "refuse", refused["number"], "--scope", "N2")
    assert told["state"] == "refused" and "诉讼" in told["referral"]
    other = run("ticket", "new", "--subject", "停水", "--type", "help", "--accept")["number"]
    assert run("ticket", "merge", other, "--into", number)["merged_into"] == number


def test_list_and_search(run: Run, number: str) -> None:
    for words in ((), ("--state", "accepted"), ("--search", "停水"), ("--phone", "13800000001"), ("--matter", "03")):
        found = run("ticket", "list", *words)
        assert [ticket["number"] for ticket in found["tickets"]] == [number]
        assert (found["count"], found["exact"], found["after"]) == (1, True, None)
    assert run("ticket", "list", "--state", "closed")["tickets"] == []


def test_a_list_is_written_into_a_workbook(run: Run, number: str, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    for words, found in ((("--search", "停水"), [number]), (("--state", "closed"), []), ((), [number])):
        assert run("ticket", "list", *words, "--xlsx", str(file))["tickets"] == len(found)
        rows = [row for _, row in read_rows(file)]
        assert rows[0] == list(COLUMNS) and [row[0] for row in rows[1:]] == found
    assert run("ticket", "list", "--xlsx", "list.pdf", code=1)["error"]["field"] == "文件"
    assert run("ticket", "list", "--xlsx", str(tmp_path / "no" / "list.xlsx"), code=1)["error"]["field"] == "文件"


def test_errors_are_told_and_change_nothing(run: Run, number: str) -> None:
    cases = [
        (("sign", number), "Impossible"),
        (("dispatch", number, "--unit", "nobody"), "Invalid"),
        (("dispatch", number), "Invalid"),
        (("show", "000000000000"), "NotFound"),
        (("edit", number, "--version", "1"), "Conflict"),
        (("dispatch", number, "--unit", "swj", "--role", "agent"), "Forbidden"),
    ]
    for words, kind in cases:
        error = run("ticket", *words, code=1)["error"]
        assert error["type"] == kind and error["message"]
    assert run("ticket", "show", number)["version"] == 2


def test_errors_without_json_go_to_stderr(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    args = parsed("ticket", "show", "000000000000")
    assert args.handler(args, store) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("错误：没有编号为")


def test_every_move_has_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    register(parser.add_subparsers(required=True))
    for action in TABLE:
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(["ticket", action.value, "--help"])
        assert ended.value.code == 0 and "--json" in capsys.readouterr().out


def test_deadline_r22_to_r25(run: Run) -> None:
    told = run("deadline", "--dispatched", "2026-02-13", "--type", "consult")
    assert {name: told[name] for name in ("contact", "return", "return_site", "resolve")} == {
        "contact": "2026-02-24",
        "return": "2026-02-14",
        "return_site": "2026-02-25",
        "resolve": "2026-02-27",
    }
    assert [day["date"] for day in told["days"] if day["counted"]][-1] == "2026-02-27"
    assert {day["why"] for day in told["days"] if not day["counted"]} == {f"周{d}，春节放假" for d in "一二三四五六日"}


def test_deadline_national_and_local(run: Run) -> None:
    words = ("deadline", "--dispatched", "2025-04-11", "--type", "help")
    assert run(*words, "--calendar", "national")["return"] == "2025-04-14"
    assert run(*words)["return"] == run(*words, "--calendar", "local")["return"] == "2025-04-16"


def test_years_without_the_prefectures_days_are_named(run: Run) -> None:
    """Nobody knows the prefecture's days of 2020 to 2022: that is said, and nothing is made up."""
    words = ("deadline", "--type", "help", "--dispatched")
    assert run(*words, "2021-07-20")["local_unknown"] == [2021]
    assert run(*words, "2019-12-25")["local_unknown"] == [2020]
    assert run(*words, "2025-07-01")["local_unknown"] == []
    assert run(*words, "2021-07-20", "--calendar", "national")["local_unknown"] == []
    assert run("calendar", "show", "--year", "2022")["local_unknown"] == [2022]
    assert run("calendar", "show", "--year", "2024")["local_unknown"] == []


def test_deadline_in_an_unannounced_year(run: Run) -> None:
    told = run("deadline", "--dispatched", "2026-12-20", "--type", "help")
    assert told["terms"]["resolve"] == {"days": 15, "provisional": True}
    assert told["terms"]["contact"] == {"days": 2, "provisional": False}


def test_deadline_before_there_is_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = parsed("deadline", "--dispatched", "2026-02-13", "--type", "consult", "--json")
    assert args.handler(args, Store(f"sqlite:///{tmp_path / 'empty.db'}")) == 0
    assert json.loads(capsys.readouterr().out)["resolve"] == "2026-02-27"


@pytest.mark.parametrize("wrong", [("2026-02-30", "help"), ("someday", "help"), ("2026-02-13", "gossip")])
def test_deadline_of_nonsense(run: Run, wrong: tuple[str, str]) -> None:
    assert run("deadline", "--dispatched", wrong[0], "--type", wrong[1], code=1)["error"]["type"] == "Invalid"


def test_calendar_import_show_check(run: Run, tmp_path: Path) -> None:
    notice = tmp_path / "notice.csv"
    notice.write_text("date,kind,name\n2027-01-01,off,元旦\n2027-10-01,off,国庆节\n", "utf-8")
    told = run("calendar", "import", str(notice), "--calendar", "national", "--source", "国办通知")
    assert told == {"days": 2, "added": 2, "changed": 0, "announced_years": [2027], "tickets_recomputed": 0}
    days = run("calendar", "show", "--year", "2027")["days"]
    assert [(day["date"], day["kind"], day["source"]) for day in days] == [
        ("2027-01-01", "off", "国办通知"),
        ("2027-10-01", "off", "国办通知"),
    ]
    assert not run("deadline", "--dispatched", "2026-12-20", "--type", "help")["terms"]["resolve"]["provisional"]
    assert all(problem["message"] for problem in run("calendar", "check")["problems"])
    notice.write_text("date,kind\n2027-01-01,off\n2027-99-01,off\n", "utf-8")
    error = run("calendar", "import", str(notice), code=1)["error"]
    assert error["type"] == "ImportRefused" and [row["row"] for row in error["rows"]] == [3]


def test_units(run: Run, tmp_path: Path) -> None:
    assert run("units", "start")["units"] > 30
    form = str(tmp_path / "form.xlsx")
    count = run("units", "export", form)["units"]
    assert run("units", "import", form) == {"units": count, "added": 0, "replaced": count}
    assert run("units", "show", "县水务局")["code"] == "swj"
    assert run("units", "suggest", "--matter", "0301")["suggestions"][0]["unit"] == "swj"
    assert len(run("units", "tree", "--kind", "territories")["nodes"]) == 12
    tree = tmp_path / "tree.csv"
    tree.write_text("code,name,parent,unit\n532329-01-01,某村,532329-01,town01\n", "utf-8")
    assert run("units", "import", str(tree), "--kind", "territories") == {"rows": 1}
    assert run("units", "export", "form.pdf", code=1)["error"]["field"] == "文件"


def test_sweep(run: Run, number: str) -> None:
    assert run("ticket", "sweep") == {"checked": 0, "told": {}}


def test_files_are_kept_listed_and_written_out_r3(run: Run, number: str, tmp_path: Path) -> None:
    """R3: all or none, by what the bytes are, under their checksum; nothing is overwritten."""
    good, bad, out = tmp_path / "说明.txt", tmp_path / "run.exe", tmp_path / "out.txt"
    good.write_text("水管照片", "utf-8")
    bad.write_bytes(b"MZ\x90\x00")
    for words in ((good, bad), (good, tmp_path / "nowhere"), (tmp_path,), (good,) * 11):
        assert run("ticket", "attach", number, *map(str, words), code=1)["error"]["type"] == "Invalid"
    assert run("ticket", "files", number)["files"] == [] and not (tmp_path / "attachments").exists()
    kept = run("ticket", "attach", number, str(good))["files"]
    assert kept == run("ticket", "files", number)["files"] and kept[0]["name"] == "说明.txt"
    run("ticket", "save", number, kept[0]["sha256"], str(out))
    assert out.read_bytes() == good.read_bytes()
    out.write_text("mine", "utf-8")
    assert run("ticket", "save", number, kept[0]["sha256"], str(out), code=1)["error"]["type"] == "Invalid"
    assert out.read_text("utf-8") == "mine"
    nowhere = str(tmp_path / "no" / "folder")
    assert run("ticket", "save", number, kept[0]["sha256"], nowhere, code=1)["error"]["type"] == "Invalid"
    assert run("ticket", "save", number, "0" * 64, str(tmp_path / "no"), code=1)["error"]["type"] == "NotFound"


def test_files_of_a_confidential_ticket_are_closed_to_the_unit_complained_of(
    run: Run, number: str, tmp_path: Path
) -> None:
    good = tmp_path / "a.txt"
    good.write_text("照片", "utf-8")
    run("ticket", "edit", number, "--confidential", "--complained-unit", "swj")
    run("ticket", "dispatch", number, "--unit", "swj")
    sha256 = run("ticket", "attach", number, str(good))["files"][0]["sha256"]
    for unit, kind in (("swj", "Forbidden"), ("town01", "NotFound")):
        who = ("--role", "unit_handler", "--as-unit", unit)
        for words in (("files", number), ("save", number, sha256, str(tmp_path / "b")), ("attach", number, str(good))):
            assert run("ticket", *words, *who, code=1)["error"]["type"] == kind
    assert run("ticket", "attach", number, str(good), "--role", "supervisor", code=1)
    assert len(run("ticket", "files", number)["files"]) == 1 and not (tmp_path / "b").exists()
