"""What others are told of, from two looks at the floor one after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.webhooks import Event

View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, what it is about (told once of each), and its facts."""

    event: Event
    subject: str
    data: Mapping[str, Any]


def of_alerts(before: Mapping[str, str], found: Mapping[str, str], at: str) -> Iterator[Happening]:
    """The alerts that began and those that are over; names and words by name."""
    for name, words in found.items():
        if name not in before:
            yield Happening(Event.ALERT, f"{name} {at}", {"alert": name, "words": words, "at": at})
    for name, words in before.items():
        if name not in found:
            yield Happening(Event.ALERT_OVER, f"{name} {at}", {"alert": name, "words": words, "at": at})


def of_calls(before: View, seen: View) -> Iterator[Happening]:
    """Who began to wait and who was answered between two looks that were both current."""
    if not (before.get("current") and seen["current"]):
        return
    waited = {(one["uniqueid"], queue["name"]) for queue in before["queues"] for one in queue["callers"]}
    for queue in seen["queues"]:
        for one in queue["callers"]:
            if (one["uniqueid"], queue["name"]) not in waited:
                facts = {name: one[name] for name in ("call", "caller", "position", "since", "path")}
                yield Happening(Event.WAITING, f"{one['uniqueid']} {queue['name']}", facts | {"queue": queue["name"]})
    spoken = set(_spoken(before))
    pairs = [(agent["number"], peer) for agent in seen["agents"] for peer in _peers(agent)]
    for number, peer in pairs:
        if (number, peer["call"]) not in spoken:
            facts = {"call": peer["call"], "caller": peer["number"], "queue": peer["queue"], "path": peer["path"],
                     "agent": number, "at": seen["at"]}  # fmt: skip
            yield Happening(Event.ANSWERED, f"{peer['call']} {number}", facts)


def _peers(agent: View) -> list[View]:
    return [peer for peer in agent["peers"] if peer["call"]]


def _spoken(view: View) -> Iterator[tuple[str, str]]:
    for agent in view["agents"]:
        for peer in _peers(agent):
            yield agent["number"], peer["call"]
