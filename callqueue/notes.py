"""The notes of one visit: what flows and dialplan wrote into the event log (design.md, "Notes")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callqueue.calls import Answer, Inquiry, Recording, Step, moment
from callqueue.cel import NOTE, CelEvent
from callqueue.disposition import CLAIMS, Disposition

# Questions whose answers were notes of their own before questionnaires were data; logs of that time are still read.
RATING, RATING_REASON = "rating", "rating-reason"


@dataclass(frozen=True, slots=True)
class Note:
    """One note: its kind, its facts, when (microseconds) and on which channel it was written."""

    kind: str
    facts: Mapping[str, str]
    at: int
    leg: str
    linkedid: str

    def __getitem__(self, name: str) -> str:
        """The fact, "" when it is not there."""
        return self.facts.get(name, "")


def notes(events: Iterable[CelEvent]) -> list[Note]:
    """The notes among the events, in their order."""
    return [
        Note(event.name, event.details(), event.at, event.uniqueid, event.linkedid)
        for event in events
        if event.kind == NOTE
    ]


def of_kind(found: Iterable[Note], *kinds: str) -> Iterator[Note]:
    return (note for note in found if note.kind in kinds)


def last(found: Sequence[Note], kind: str, fact: str) -> str:
    """The fact in the last note of the kind that has it, "" when there is none."""
    return next((note[fact] for note in reversed(found) if note.kind == kind and note[fact]), "")


def path(found: Sequence[Note]) -> tuple[Step, ...]:
    """The way through the menus; a fallback is a step of it, its reason in place of the key."""
    return tuple(
        Step(note["at"], note["key"], moment(note.at))
        if note.kind == "path"
        else Step("fallback", note["why"], moment(note.at))
        for note in of_kind(found, "path", "fallback")
    )


def recordings(found: Sequence[Note]) -> tuple[Recording, ...]:
    """Every recording made, in order."""
    kinds = {
        "recording": "call", "voicemail": "voicemail", RATING_REASON: "reason", "answer": "answer", "fax": "fax",
        "progress": "addition",
    }  # fmt: skip
    made = {
        note["file"]: Recording(
            kinds[RATING_REASON if note["question"] == RATING_REASON else note.kind],
            note["file"],
            as_seconds(note["seconds"]) or None,
        )
        for note in of_kind(found, *kinds)
        if note["file"]
    }
    return tuple(made.values())


def inquiries(found: Sequence[Note]) -> tuple[Inquiry, ...]:
    """What was asked about tickets by telephone, in order. An action is noted of verified callers only."""
    return tuple(
        Inquiry(note["ticket"], note["action"], note["file"], moment(note.at))
        for note in of_kind(found, "progress")
        if note["action"] or note["result"] == "ok"
    )


def rating(found: Sequence[Note]) -> int | None:
    """The last valid rating, 1 to 5."""
    value = next((one.value for one in reversed(answers(found)) if one.question == RATING), "")
    return int(value) if value in ("1", "2", "3", "4", "5") else None


def answers(found: Sequence[Note]) -> tuple[Answer, ...]:
    """Every answer given, in order, ratings among them; one call may ask about several tickets, one after another."""
    given = []
    ticket = ""
    for note in of_kind(found, "survey", "answer", RATING, RATING_REASON):
        ticket = note["ticket"] or ticket
        if note.kind != "survey":
            given.append(_answer(note, ticket))
    return tuple(given)


def _answer(note: Note, ticket: str) -> Answer:
    question = note["question"] or note.kind
    return Answer(
        question, note["value"], note["by"] or "key", note["version"], note["file"], ticket, moment(note.at),
        note["questionnaire"], note["heard"], as_number(note["confidence"]), as_number(note["start"]),
    )


def claim(found: Sequence[Note]) -> Disposition | None:
    """The last disposition that a note may settle and did."""
    said = [note["value"] for note in of_kind(found, "disposition")]
    return next((Disposition(value) for value in reversed(said) if value in CLAIMS), None)


def as_seconds(text: str) -> float:
    """The seconds that a note gives, 0 when it gives none that can be."""
    return as_number(text) or 0.0


def as_number(text: str) -> float | None:
    """The number that a note gives, None when it gives none that can be."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1_000_000 else None
