"""A questionnaire asked in a call: the callback (回访, R36-R38), the rating after a call, a poll (R45)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from callback_survey.asking import AGENT_KEY, Interviewer
from callback_survey.questionnaire import CALLBACK, DATE, RATING, TOPIC, Choice, Ending, Question, Questionnaire
from ivr.agent import to_agent
from ivr.ask import ENDS_RECORDING, heed, tell
from ivr.files import new_name
from speech.catalogue import spoken_date, spoken_topic
from telephony.call import Call, Next, Outcome

TOGETHER = "+"
"""Stands between the tickets, days and types of a call about several."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a callback is about: the ticket, the request's day and type (R4)."""

    ticket: str
    date: date
    topic: str


NOTHING = Subject("", date.min, "")
"""The rating after a call is about that call."""


def subjects_of(arguments: Mapping[str, str]) -> list[Subject]:
    """The subjects in AGI arguments: ticket, date (ISO) and topic, each joined by + for several.

    Raises KeyError, ValueError.
    """
    lists = [arguments[name].split(TOGETHER) for name in ("ticket", "date", "topic")]
    return [Subject(ticket, date.fromisoformat(day), topic) for ticket, day, topic in zip(*lists, strict=True)]


Asks = Callable[[str], Questionnaire]
"""Gives the questionnaire of a name that is now in force."""


async def callback_of(call: Call, asks: Asks) -> Outcome:
    """The callback that the call's arguments name: questionnaire, folder, subjects. Raises KeyError, ValueError."""
    arguments = call.facts.arguments
    questionnaire = asks(arguments.get("questionnaire") or CALLBACK)
    return await interview(call, questionnaire, subjects_of(arguments), arguments["folder"])


async def rating_of(call: Call, asks: Asks) -> Outcome:
    """The rating after a call, whose arguments name the folder. Raises KeyError."""
    return await interview(call, asks(RATING), [NOTHING], call.facts.arguments["folder"])


async def interview(call: Call, questionnaire: Questionnaire, subjects: Sequence[Subject], folder: str) -> Outcome:
    """How the call ended. Each answer is noted as it is given; what is not answered is not assumed.

    Nothing of a ticket is said before its question is due: first the citizen says who they are. Raises Danger.
    """
    return await _Interview(call, questionnaire, subjects, folder).run()


class _Interview:
    """One call: the questions about each subject in turn."""

    def __init__(self, call: Call, of: Questionnaire, subjects: Sequence[Subject], folder: str) -> None:
        self._call = call
        self._of = of
        self._subjects = subjects
        self._folder = folder
        self._interviewer = Interviewer(call, of, folder)
        self._settled = False

    async def run(self) -> Outcome:
        # Who presses 1 before the first question is asked has not said who they are.
        key = await tell(self._call, *self._of.intro, at=self._of.at)
        if key == AGENT_KEY and self._of.agent:
            return await self._agent(self._subjects[0])
        for subject in self._subjects:
            outcome = await self._about(subject)
            if outcome:
                return outcome
        return await self._end(self._of.endings[self._of.end], self._subjects[-1])

    async def _about(self, subject: Subject) -> Outcome | None:
        """The outcome when an answer, or its absence, ends the call; None when all was asked."""
        answers: dict[str, str] = {}
        question = self._of.following(None)
        while question:
            choice = None
            if question.record:
                await self._record(question, subject, answers)
            elif not question.once or subject is self._subjects[0]:
                given = await self._interviewer.ask(question, _spoken(question, subject))
                if given is None:
                    return await self._end(self._of.endings[question.unanswered], subject)
                choice = given.choice
                if choice is None:
                    return await self._agent(subject)
                answers[question.name] = choice.value
                await self._keep(question, subject, value=choice.value, **given.facts)
                if choice.end:
                    return await self._end(self._of.endings[choice.end], subject)
                await self._settle(question, choice, subject)
            question = self._of.following(question, choice)
        return None

    async def _settle(self, question: Question, choice: Choice, subject: Subject) -> None:
        """Notes that all is answered before the reason is asked: a citizen who hangs up while speaking has answered."""
        disposition = self._of.endings[self._of.end].disposition
        if subject is self._subjects[-1] and self._of.all_answered(question, choice):
            await self._note(disposition)

    async def _note(self, disposition: str) -> None:
        if disposition and not self._settled:
            self._settled = True
            await self._call.note("disposition", value=disposition)

    async def _keep(self, question: Question, subject: Subject, **facts: str) -> None:
        of = {"questionnaire": self._of.name, "version": self._of.version}
        ticket = {"ticket": subject.ticket} if subject.ticket else {}
        await self._call.note("answer", question=question.name, **facts, **of, **ticket)

    async def _record(self, question: Question, subject: Subject, answers: Mapping[str, str]) -> None:
        if question.unhappy and not self._of.unhappy(answers):
            return
        await tell(self._call, *_spoken(question, subject), at=self._of.at)
        name = await new_name(self._call, self._of.at)
        # Noted before a word is spoken: most callers hang up when they have spoken.
        await self._keep(question, subject, value="", by="voice", file=f"{name}.wav")
        made = await self._call.record(f"{self._folder}/{name}", question.record, ENDS_RECORDING)
        await heed(self._call, made.key, at=self._of.at)
        await tell(self._call, *question.after, at=self._of.at)

    async def _agent(self, subject: Subject) -> Outcome:
        return await to_agent(self._call, self._of.agent, at=self._of.at, ticket=subject.ticket)

    async def _end(self, ending: Ending, subject: Subject) -> Outcome:
        await self._note(ending.disposition)
        await tell(self._call, *ending.say, at=self._of.at)
        return Outcome(Next.HANGUP, ticket=subject.ticket, disposition=ending.disposition)


def _spoken(question: Question, subject: Subject) -> list[str]:
    spoken: list[str] = []
    for prompt in question.prompts:
        if prompt == DATE:
            spoken += spoken_date(subject.date)
        elif prompt == TOPIC:
            spoken += spoken_topic(subject.topic)
        else:
            spoken.append(prompt)
    return spoken
