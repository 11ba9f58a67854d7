"""The dialplan has no fault, and the check finds each kind of fault when there is one."""

from pathlib import Path

import pytest

from dialplan import lint


def test_the_dialplan_has_no_fault() -> None:
    assert lint.faults() == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("exten => 1,1,Goto(nowhere,s,1)", "no such target: nowhere,s,1"),
        ("exten => 1,1,GotoIf($[1 = 1]?missing)", "no such target: missing"),
        ("exten => 1,1,Originate(Local/x@there/n,app,NoOp,,,5,a)", "no such target: there,x,1"),
        ("exten => 1,1,Playback(no_such_sound)", "no sound no_such_sound"),
        ("exten => 1,1,System(ls)", "application System is not in the list"),
        ("exten => 1,1,Set(HOTLINE_NEW=1)", "variable HOTLINE_NEW is not in"),
        ("exten => 1,1,Set(X=${CALLERID(name)})", "unfiltered"),
        ("exten => 1,1,Dial(PJSIP/${CALLERID(num)})", "unfiltered"),
        ("exten => 1,1,AGI(agi://127.0.0.1/x)", "without an extension T"),
        ("exten = nonsense", "not understood"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "bad.conf").write_text(f"[bad]\n{line}\n", encoding="utf-8")
    assert any(fault in found for found in lint.faults(tmp_path))


@pytest.mark.parametrize(
    ("pattern", "extension", "taken"),
    [("_80XX", "8001", True), ("_80XX", "800", False), ("_1[12]X", "120", True), ("_*13[1-4]", "*132", True),
     ("_[a-z]!", "inbound", True), ("_X.", "1", False), ("12345", "12345", True), ("s", "12345", False)],
)
def test_patterns(pattern: str, extension: str, taken: bool) -> None:
    assert lint.matches(pattern, extension) is taken
