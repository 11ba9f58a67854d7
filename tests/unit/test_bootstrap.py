"""`bootstrap.sh`: finds a Python that can make a virtual environment, or says what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the script and with no Python to be found."""
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "rm"):
        found = shutil.which(tool)
        assert found
        (tmp_path / "bin" / tool).symlink_to(found)
    shutil.copy(ROOT / "bootstrap.sh", tmp_path)
    return tmp_path


def python(place: Path, name: str, version: str, complete: bool = True) -> None:
    """A pretended Python: it knows its version, whether it has ensurepip, and notes what it was asked to make."""
    major, minor = version.split(".")
    program = place / "bin" / name
    program.write_text(
        f"""#!/bin/sh
case "$*" in
  *version_info\\ \\<*) [ {major}{minor} -ge 311 ];;
  *version_info*) echo {version};;
  *ensurepip*) {"true" if complete else "false"};;
  -V) echo "Python {version}";;
  "-m venv .venv") echo {name} >> made; exit 7;;
esac
"""
    )
    program.chmod(0o755)


def bootstrap(place: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": str(place / "bin")}
    return subprocess.run(["sh", "bootstrap.sh"], cwd=place, env=environment, capture_output=True, text=True)


def chosen(place: Path) -> str:
    made = place / "made"
    return made.read_text().strip() if made.exists() else ""


def test_no_python_is_said_with_what_to_install(place: Path) -> None:
    done = bootstrap(place)
    assert done.returncode == 1 and not chosen(place)
    assert "Python 3.11 or newer" in done.stderr and "apt-get install python3 python3-venv" in done.stderr


def test_debians_python_without_venv_is_said_with_the_package(place: Path) -> None:
    python(place, "python3", "3.12", complete=False)
    done = bootstrap(place)
    assert done.returncode == 1 and not chosen(place)
    assert "sudo apt-get install python3.12-venv" in done.stderr


def test_a_complete_newer_python_is_taken_before_an_incomplete_or_old_one(place: Path) -> None:
    python(place, "python3", "3.9")
    python(place, "python3.13", "3.13", complete=False)
    python(place, "python3.11", "3.11")
    assert bootstrap(place).returncode == 7
    assert chosen(place) == "python3.11"


def test_an_old_python_alone_is_not_enough(place: Path) -> None:
    python(place, "python3", "3.10")
    done = bootstrap(place)
    assert done.returncode == 1 and "3.11 or newer" in done.stderr


def test_a_broken_environment_is_made_anew(place: Path) -> None:
    (place / ".venv/bin").mkdir(parents=True)
    (place / ".venv/bin/python").symlink_to("/nonexistent/python3.11")
    python(place, "python3", "3.11")
    done = bootstrap(place)
    assert "made anew" in done.stderr and chosen(place) == "python3"
