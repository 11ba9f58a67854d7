"""The callback (回访) by automatic voice: is the reply true, is the citizen satisfied (R36-R38)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from callback_survey.questionnaire import DATE, QUESTIONS, TOPIC, VERSION, Question, unhappy
from ivr.agent import REQUEST, to_agent
from ivr.ask import ENDS_RECORDING, choose, heed, tell
from ivr.errors import NoChoice
from ivr.files import new_name
from speech.catalogue import spoken_date, spoken_topic
from telephony.call import Call, Next, Outcome

AGENT = "0"
_REASON = 60.0  # seconds
_AT = "survey"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a callback is about: the ticket, the number of the attempt, the request's day and type (R4)."""

    ticket: str
    attempt: str
    date: date
    topic: str

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Subject:
        """The subject in AGI arguments: ticket, attempt, date (ISO), topic. Raises KeyError, ValueError."""
        day = date.fromisoformat(arguments["date"])
        return cls(arguments["ticket"], arguments["attempt"], day, arguments["topic"])


async def survey(call: Call, subject: Subject, folder: str) -> Outcome:
    """How the callback ended. Each answer is noted as it is given; what is not answered is not assumed.

    0 leads to an agent. Nothing of the ticket is said before the citizen has said who they are.
    Raises Danger.
    """
    answers: dict[str, str] = {}
    heard = await tell(call, "survey_intro", "survey_agent", at=_AT)
    # Who presses 1 before the first question is asked has not said who they are.
    key = AGENT if heard == AGENT else ""
    for question in QUESTIONS:
        try:
            key = await _ask(call, question, subject, key)
        except NoChoice:
            say = "survey_manual" if question.about else "survey_end"
            return await _end(call, subject, "survey-partial", say)
        if key == AGENT:
            return await to_agent(call, REQUEST, at=_AT, ticket=subject.ticket)
        value = answers[question.name] = question.keys[key]
        await call.note("answer", question=question.name, value=value, by="key", version=VERSION)
        ending = question.endings.get(value)
        if ending:
            return await _end(call, subject, ending.disposition, ending.say)
        key = ""
    return await _complete(call, subject, answers, folder)


async def survey_of(call: Call) -> Outcome:
    """The same for a call whose arguments name subject and folder. Raises KeyError, ValueError."""
    arguments = call.facts.arguments
    return await survey(call, Subject.of(arguments), arguments["folder"])


async def _ask(call: Call, question: Question, subject: Subject, key: str) -> str:
    keys = "".join(question.keys) + AGENT
    prompts = _spoken(question, subject)
    return await choose(call, prompts, keys, at=_AT, again="survey_retry", patient=True, repeat="*#", key=key)


def _spoken(question: Question, subject: Subject) -> list[str]:
    values = {DATE: spoken_date(subject.date), TOPIC: spoken_topic(subject.topic)}
    return [spoken for prompt in question.prompts for spoken in values.get(prompt, [prompt])]


async def _complete(call: Call, subject: Subject, answers: Mapping[str, str], folder: str) -> Outcome:
    # Noted before the reason is asked: all is answered, even when the citizen hangs up while speaking.
    await call.note("disposition", value="surveyed")
    if not unhappy(answers):
        return await _end(call, subject, "surveyed", "survey_end")
    await _reason(call, folder)
    return await _end(call, subject, "surveyed", "survey_manual", "survey_end")


async def _reason(call: Call, folder: str) -> None:
    await tell(call, "survey_reason", at=_AT)
    name = await new_name(call, "survey")
    await call.note("answer", question="reason", value="", by="voice", version=VERSION, file=f"{name}.wav")
    made = await call.record(f"{folder}/{name}", _REASON, ENDS_RECORDING)
    await heed(call, made.key, at=_AT)


async def _end(call: Call, subject: Subject, disposition: str, *say: str) -> Outcome:
    if disposition != "surveyed":
        await call.note("disposition", value=disposition)
    await tell(call, *say, at=_AT)
    return Outcome(Next.HANGUP, ticket=subject.ticket, disposition=disposition)
