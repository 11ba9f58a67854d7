"""What a ticket's page tells of its callback (回访): answers with what was heard, recordings, who contacted whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from callback_survey import attempts, by_hand, contact, labels
from console.page import Answered, Saved, Visit
from console.seeing import visible
from tickets.errors import NotFound
from tickets.masking import require_files
from tickets.ticket import Ticket


def shown(visit: Visit, ticket: Ticket) -> dict[str, Any]:
    """Attempts with their answers, oldest first; answers of the web and ratings; whether the unit's contact is true."""
    found = attempts.shown(visit.session, ticket.number)
    hands = by_hand.tries_of(visit.session, ticket.number)
    return {
        "attempts": found["attempts"], "web": found["web"], "ratings": found["ratings"], "labels": labels,
        "hands": hands, "results": {result.value: result.label for result in by_hand.Result},
        "contact": contact.compared(visit.session, ticket),
        "any": bool(found["attempts"] or found["web"] or found["ratings"] or hands or ticket.contacted_at),
    }  # fmt: skip


def audio(visit: Visit) -> Answered:
    """A recording that belongs to the ticket: of its calls, of words spoken as an answer."""
    ticket = visible(visit.session, visit.path["number"], visit.by)
    require_files(ticket, visit.by)
    wanted = visit.path["name"]
    file = next((file for file in _files(visit, ticket) if Path(file).name == wanted), None)
    place = _place(visit, file) if file else None
    if place is None:
        raise NotFound("没有这段录音")
    return Saved(wanted, place, media="audio/wav", seen=(ticket.number,))


def _files(visit: Visit, ticket: Ticket) -> Iterator[str]:
    yield from ticket.recordings
    found = attempts.shown(visit.session, ticket.number)
    of_attempts = [answer for attempt in found["attempts"] for answer in attempt["answers"]]
    yield from (answer["file"] for answer in (*of_attempts, *found["ratings"]) if answer["file"])
    for hand in by_hand.tries_of(visit.session, ticket.number):
        yield from hand["files"]


def _place(visit: Visit, file: str) -> Path | None:
    """Where the recording lies, None when it is not there (any more)."""
    folder = Path(visit.services.more["recordings"]).resolve()
    place = (folder / file).resolve()
    return place if place.is_relative_to(folder) and place.is_file() else None
