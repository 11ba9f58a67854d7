"""Asking one question, by key or by voice in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callback_survey.questionnaire import Choice, Question, Questionnaire
from ivr.ask import ANY, REPEATS, heed
from ivr.files import new_name
from ivr.words import AGENT, DANGER
from telephony.call import Asked, Call, Danger, Input

AGENT_KEY = "0"
REPEAT = "*#"
TRIES = 2
_SECONDS = 5.0
_MISHEARD = 2  # in a row; after that only keys are asked for
_HEARD = 40  # characters kept of what was heard


@dataclass(frozen=True, slots=True)
class Given:
    """How a question was answered: the choice, None for an agent, and the facts of the `answer` note."""

    choice: Choice | None
    facts: dict[str, str]


class Interviewer:
    """Asks the questions of one call, and remembers how well the caller is understood."""

    def __init__(self, call: Call, questionnaire: Questionnaire, folder: str) -> None:
        self._call = call
        self._of = questionnaire
        self._folder = folder
        self._misheard = 0

    async def ask(self, question: Question, prompts: Sequence[str]) -> Given | None:
        """The answer; None for silence, or after wrong keys. What is not understood is asked again, then by key.

        Raises Danger, for the key and for words that say so.
        """
        failed = repeated = 0
        lead: tuple[str, ...] = ()
        by_key = False
        while failed < TRIES:
            name = await self._name(by_key)
            given = await self._listen(question, (*lead, *prompts), name)
            if given.busy or given.heard:
                found = await self._understood(question, given, name)
                if found:
                    return found
                by_key = given.busy or self._misheard >= _MISHEARD
                lead = ("survey_keys",) if by_key else (self._of.again,)
                continue
            key = await heed(self._call, given.key, at=self._of.at)
            if key in question.keys:
                return Given(question.keys[key], {"by": "key"})
            if key == AGENT_KEY and self._of.agent:
                return Given(None, {})
            if not key and not self._of.patient:
                break
            if key and key in REPEAT and repeated < REPEATS:
                repeated, lead = repeated + 1, ()
            else:
                failed, lead = failed + 1, (self._of.again,)
        return None

    async def _name(self, by_key: bool) -> str:
        """Where the words will be recorded, "" when only keys are heard."""
        listens = self._call.hears and not by_key and self._misheard < _MISHEARD
        return await new_name(self._call, "answer") if listens else ""

    async def _listen(self, question: Question, prompts: Sequence[str], name: str) -> Input:
        words = question.words(bool(self._of.agent)) if name else {}
        asked = Asked(ANY, words, _SECONDS, f"{self._folder}/{name}")
        return await self._call.listen(*prompts, asked=asked)

    async def _understood(self, question: Question, given: Input, name: str) -> Given | None:
        """What the words mean; None when that is not sure."""
        heard = given.heard
        value = heard.value if heard else None
        await self._call.note("path", at=self._of.at, key=value or "?")
        if heard is None or value is None:
            self._misheard += not given.busy
            return None
        self._misheard = 0
        if value == DANGER:
            raise Danger
        if value == AGENT:
            return Given(None, {})
        said = {"by": "speech", "confidence": f"{heard.confidence:.3f}", "heard": heard.text[:_HEARD]}
        return Given(question.choice(value), {**said, "file": f"{name}.wav", "start": f"{given.start:.2f}"})
