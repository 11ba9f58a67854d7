"""`python -m bench [SECTION ...]`: runs the sections, prints them, writes var/bench/<moment>.json.

BENCH=quick measures less; see bench/scale.py. Ends with 1 when a section could not measure; a goal that was not met is
a result like any other.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import machine
from bench.report import BenchError, Findings, failure, shown
from bench.scale import Scale, chosen
from bench.sections import SECTIONS, Section
from tests.hotline_fixture import asterisk_root

_LEAST = 10.0  # seconds; no section can do anything in less
FOLDER = Path(__file__).parents[1] / "var" / "bench"


def main(words: list[str]) -> int:
    """0 when every chosen section measured."""
    try:
        scale, sections = chosen(os.environ), _named(words)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, too
    began = time.monotonic()
    facts = machine.facts(machine.asterisk(asterisk_root()))
    print(f"bench, {scale.name}:", *(f"\n  {name:9}{value}" for name, value in facts.items()), flush=True)
    results = {}
    for section in sections:
        left = scale.seconds - (time.monotonic() - began)
        results[section.name] = _measured(section, replace(scale, seconds=left))
    seconds = time.monotonic() - began
    file = _write({"scale": asdict(scale), "machine": facts, "seconds": round(seconds, 1), "sections": results})
    _conclude(results, seconds, file)
    return 1 if any("failed" in result for result in results.values()) else 0


def _named(words: list[str]) -> list[Section]:
    known = {section.name: section for section in SECTIONS}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise BenchError(f"no section {', '.join(unknown)}: there are {', '.join(known)}")
    return [known[word] for word in words] or list(SECTIONS)


def _measured(section: Section, scale: Scale) -> dict[str, Any]:
    began = time.monotonic()
    print(f"\n== {section.title}", flush=True)

    def say(text: str) -> None:
        print(f"  [{time.monotonic() - began:5.1f} s] {text}", flush=True)

    try:
        findings = section.run(scale, say) if scale.seconds > _LEAST else Findings(left_out="the time is up")
    except Exception as error:  # the edge of a section: the others are still measured
        if not isinstance(error, BenchError):
            traceback.print_exc()
        print(f"  could not be measured: {error}", flush=True)
        return {"failed": failure(error)}
    print(f"\n{shown(findings)}", flush=True)
    return _as_json(findings) | {"seconds": round(time.monotonic() - began, 1)}


def _as_json(findings: Findings) -> dict[str, Any]:
    rows = [asdict(row) | {"met": row.met} for row in findings.rows]
    return asdict(findings) | {"rows": rows}


def _write(results: dict[str, Any]) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return file


def _conclude(results: dict[str, dict[str, Any]], seconds: float, file: Path) -> None:
    judged = [row for result in results.values() for row in result.get("rows", []) if row["met"] is not None]
    missed = [row["what"] for row in judged if not row["met"]]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} goals met in {seconds:.0f} s; {file}")
    for name, result in results.items():
        why = result.get("failed") or result.get("left_out")
        if why:
            print(f"  {name}: {'could not be measured' if 'failed' in result else 'left out'}: {why}")
    for what in missed:
        print(f"  not met: {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
