"""The test's result as Markdown: by voice and noise, by answer, and by recogniser. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from speech.evaluation.trial import Trial

Cells = Mapping[str, object]


def by_voice(trials: Iterable[Trial]) -> list[Cells]:
    """A row for each synthesizer and noise."""
    groups = _grouped(trials, lambda trial: (-trial.noise, trial.sentence.synthesizer))
    return [{"voices": synthesizer, "noise": f"{-noise} dB" if noise else "as recorded", **_shares(group)}
            for (noise, synthesizer), group in groups]


def by_answer(trials: Iterable[Trial], noise: int) -> list[Cells]:
    """A row for each value of each question, over all voices at that noise."""
    meant = [trial for trial in trials if trial.value is not None and trial.noise == noise]
    return [{"question": question, "value": value, "answers": len(group), "right": _share(group, "right"),
             "asked again": _unsure(group), "wrong": _share(group, "wrong"), "inverted": _share(group, "inverted")}
            for (question, value), group in _grouped(meant, lambda trial: (trial.question, str(trial.value)))]


def markdown(rows: Sequence[Cells]) -> str:
    """The rows as a table; "" for none."""
    if not rows:
        return ""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([_text(row[name]) for name in head] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shares(group: Sequence[Trial]) -> Cells:
    meant = [trial for trial in group if trial.value is not None]
    strangers = [trial for trial in group if trial.value is None]
    times = sorted(trial.ms for trial in group)
    return {
        "answers": len(meant), "right": _share(meant, "right"), "asked again": _unsure(meant),
        "wrong": _share(meant, "wrong"), "inverted": _share(meant, "inverted"),
        "no answers": len(strangers), "wrongly accepted": _share(strangers, "accepted"),
        "ms": round(sum(times) / len(times), 1), "ms, 95 of 100": round(times[int(0.95 * len(times))], 1),
    }


def _share(group: Sequence[Trial], kind: str) -> float | None:
    return sum(getattr(trial, kind) for trial in group) / len(group) if group else None


def _unsure(group: Sequence[Trial]) -> float | None:
    return sum(trial.heard.value is None for trial in group) / len(group) if group else None


def _grouped(trials: Iterable[Trial], key: Callable[[Trial], Any]) -> Iterator[tuple[Any, list[Trial]]]:
    groups: dict[Any, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(key(trial), []).append(trial)
    yield from sorted(groups.items(), key=lambda item: item[0])


def _text(cell: object) -> str:
    return f"{cell:.2%}" if isinstance(cell, float) and cell <= 1 else "" if cell is None else str(cell)
