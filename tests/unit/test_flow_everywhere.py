"""What holds for every flow: hang-ups, danger, barge-in, prompts of the catalogue, no input or output."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqueue.disposition import Disposition
from speech.catalogue import load
from telephony.call import CallerHungUp, Danger, Outcome
from telephony.scripted import HANG_UP, Press, ScriptedCall, run
from tests.unit.flow_support import LAST4, SCENARIOS, TICKET, Scenario, said

ROOT = Path(__file__).resolve().parents[2]
FLOWS = ("ivr", "callback_survey/flow.py", "callback_survey/asking.py", "callback_survey/called_in.py",
         "callback_survey/questionnaire.py")
BANNED = {"asyncio", "socket", "sqlalchemy", "panoramisk", "asterisk", "aiohttp", "threading", "subprocess"}
DISPOSITIONS = {"", *(disposition.value for disposition in Disposition)}
QUEUES = {"consult", "request", "enterprise", "yi", "elderly", "line96128", ""}

each = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


def through(scenario: Scenario, call: ScriptedCall) -> Outcome:
    return run(scenario.flow(call))


@each
def test_every_scenario_ends_and_speaks_only_prompts_of_the_catalogue(scenario: Scenario) -> None:
    call = scenario.caller(*scenario.presses)
    outcome = through(scenario, call)
    assert set(said(call)) <= set(load())
    assert outcome.disposition in DISPOSITIONS
    assert {fact["value"] for fact in call.noted("disposition")} <= DISPOSITIONS
    assert outcome.queue in QUEUES
    assert not call.left, "a press that was never made"


@each
def test_a_hang_up_at_any_step_is_only_a_hang_up_and_keeps_what_was_noted(scenario: Scenario) -> None:
    whole = scenario.caller(*scenario.presses)
    through(scenario, whole)
    for step in range(1, len(whole.lines) + 1):
        call = scenario.caller(*scenario.presses, hang_up_at=step)
        with pytest.raises(CallerHungUp):
            through(scenario, call)
        assert len(call.lines) == step, "something was asked of a channel that is gone"
        assert call.notes == whole.notes[: len(call.notes)]
        noted = [line for line in whole.lines[: step - 1] if "CELGenUserEvent" in line]
        assert len(call.notes) == len(noted)


@each
def test_r1_r6_nine_is_danger_at_every_wait_of_every_flow(scenario: Scenario) -> None:
    for made in range(len(scenario.presses) + 1):
        call = scenario.caller(*scenario.presses[:made], "9")
        try:
            through(scenario, call)
        except Danger:
            assert call.noted("path")[-1]["key"] == "9"
        else:
            assert call.left, "9 was pressed and the flow went on"


@each
def test_r1_r6_nine_is_danger_during_every_prompt_of_every_flow(scenario: Scenario) -> None:
    whole = scenario.caller(*scenario.presses)
    through(scenario, whole)
    for prompt in set(whole.played) - {""}:
        assert any(_interrupted(scenario, made, prompt) for made in range(len(scenario.presses) + 1)), prompt


def _interrupted(scenario: Scenario, made: int, prompt: str) -> bool:
    """Whether a 9 during the prompt, after so many presses, was heard; a 9 that was pressed must be."""
    call = scenario.caller(*scenario.presses[:made], Press("9", prompt))
    try:
        through(scenario, call)
    except Danger:
        return True
    assert call.left, f"9 was pressed in {prompt} and the flow went on"
    return False


@each
def test_every_prompt_can_be_interrupted_by_every_key(scenario: Scenario) -> None:
    call = scenario.caller(*scenario.presses)
    through(scenario, call)
    streams = [line for line in call.lines if line.startswith("STREAM FILE")]
    assert streams
    assert all(line.endswith('"0123456789*#"') for line in streams)


def test_the_scenarios_play_every_prompt_the_flows_name() -> None:
    played: set[str] = set()
    for scenario in SCENARIOS:
        call = scenario.caller(*scenario.presses)
        through(scenario, call)
        played |= set(call.played)
    named = {text for path in _sources() for text in _texts(path) if text in load()}
    assert named - played == {"hours"}, "an argument of MenuSettings, not the prompt"


@settings(max_examples=300)
@given(
    st.sampled_from(SCENARIOS),
    st.lists(
        st.sampled_from([*"0123456789*#", "", TICKET, LAST4, f"{LAST4}#", HANG_UP])
        | st.builds(Press, st.sampled_from("0123456789*#"), st.sampled_from(["greeting", "invalid", "rating"])),
        max_size=30,
    ),
)
def test_whatever_is_keyed_a_flow_ends_in_an_outcome_danger_or_a_hang_up(
    scenario: Scenario, presses: list[str | Press]
) -> None:
    call = scenario.caller(*presses)
    try:
        outcome = through(scenario, call)
    except Danger:
        assert call.noted("path")[-1]["key"] == "9"
    except CallerHungUp:
        assert HANG_UP in presses
    else:
        assert "9" not in {fact["key"] for fact in call.noted("path")}
        assert outcome.disposition in DISPOSITIONS
    assert set(said(call)) <= set(load())


def test_flows_import_nothing_that_speaks_to_the_world() -> None:
    for path in _sources():
        assert not BANNED & set(_imports(path)), path


def test_the_import_check_sees_what_is_imported_further_down(tmp_path: Path) -> None:
    assert "sqlalchemy" in set(_imports(ROOT / "store/engine.py"))
    flow = tmp_path / "flow.py"
    flow.write_text("def flow():\n    from store import engine\n    import asyncio.tasks\n")
    assert {"sqlalchemy", "asyncio"} <= set(_imports(flow))


def _sources() -> list[Path]:
    return sorted(path for name in FLOWS for path in ([ROOT / name, *(ROOT / name).glob("*.py")]) if path.is_file())


def _texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _imports(path: Path, seen: set[Path] | None = None) -> Iterator[str]:
    """The top-level names imported anywhere in a file, and in the files of this project that it imports."""
    seen = set() if seen is None else seen
    seen.add(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in _names(node):
            yield name.partition(".")[0]
            for inner in (
                (ROOT / name.replace(".", "/")).with_suffix(".py"),
                ROOT / name.replace(".", "/") / "__init__.py",
            ):
                if inner.is_file() and inner not in seen:
                    yield from _imports(inner, seen)


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative import"
        return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
