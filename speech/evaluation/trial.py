"""One hearing of one sentence, and what it shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from speech.hearing import Heard

CONTRARIES = (
    (frozenset({"yes"}), frozenset({"no"})),
    (frozenset({"now"}), frozenset({"later", "never"})),
    (frozenset("123"), frozenset("45")),
)
"""Values that are each other's contrary; 1 to 5 are ratings, very satisfied to very dissatisfied."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A clean sentence of the test: its file, who says it, and what."""

    file: str
    synthesizer: str
    voice: str
    text: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One hearing: `value` is what was meant (None: no answer to that question), `ms` how long it took."""

    sentence: Sentence
    question: str
    noise: int
    value: str | None
    heard: Heard
    ms: float

    @property
    def right(self) -> bool:
        return self.value is not None and self.heard.value == self.value

    @property
    def wrong(self) -> bool:
        return self.value is not None and self.heard.value not in (None, self.value)

    @property
    def accepted(self) -> bool:
        """Whether what answers nothing was taken for an answer."""
        return self.value is None and self.heard.value is not None

    @property
    def inverted(self) -> bool:
        """Whether an answer was taken for its contrary."""
        return any(self.value in one and self.heard.value in other
                   for pair in CONTRARIES for one, other in (pair, pair[::-1]))
