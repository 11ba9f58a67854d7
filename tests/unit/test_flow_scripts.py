"""The classic AGI scripts: short, executable, and at home from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted(Path(__file__).resolve().parents[2].glob("agi_scripts/[!_]*.py"))

each = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def test_there_is_one_script_an_entry_point() -> None:
    assert [script.stem for script in SCRIPTS] == ["inbound", "progress", "rating", "survey", "voicemail"]


@each
def test_a_script_is_executable_and_fifteen_lines_at_most(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 15
    assert lines[0] == "#!/usr/bin/env python3"
    assert os.access(script, os.X_OK)


@each
def test_a_script_finds_the_project_from_any_folder(script: Path, tmp_path: Path) -> None:
    # Run as a module of another name, it is only imported: that must not need the project to be the folder it is in.
    code = f"import runpy; runpy.run_path({str(script)!r}, run_name='imported')"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
