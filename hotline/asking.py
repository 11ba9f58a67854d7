"""The page behind the link of a short message: the callback's questions as a plain form (R36)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from callback_survey import links
from callback_survey.errors import SurveyError
from callback_survey.labels import ANSWERS, TITLES
from callback_survey.questionnaire import Questionnaire
from console.render import asset
from store.base import now
from store.engine import Store
from tickets.deadlines import Rules

PATH = "/survey/{secret:[A-Za-z0-9_-]{43}}"
_MOST, _WINDOW = 30, 60.0  # requests a minute from one address
_BODY = 16_384  # bytes


class Asking:
    """Shows the questions, takes the answers once. The secret is never logged; guessing is slowed down by address."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store, self._rules = store, rules
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="survey")
        self._seen: dict[str, deque[float]] = {}
        pages = Environment(loader=PackageLoader("hotline", "pages"), autoescape=True, undefined=StrictUndefined)
        pages.globals["asset"] = asset
        self._page = pages.get_template("survey.html")

    def add_to(self, application: web.Application) -> None:
        """Adds the routes."""
        application.router.add_get(PATH, self._ask)
        application.router.add_post(PATH, self._take)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, request: web.Request) -> web.Response:
        return await self._done(request, lambda: self._questions(request.match_info["secret"]))

    async def _take(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > _BODY:
            raise web.HTTPRequestEntityTooLarge(_BODY, request.content_length or 0)
        given = {name: str(value) for name, value in (await request.post()).items()}
        return await self._done(request, lambda: self._answered(request.match_info["secret"], given))

    async def _done(self, request: web.Request, work: Callable[[], dict[str, Any]]) -> web.Response:
        if self._too_many(request.remote or ""):
            return self._shown({"told": "访问过于频繁，请稍后再试。"}, 429)
        try:
            return self._shown(await asyncio.get_running_loop().run_in_executor(self._threads, work), 200)
        except SurveyError as error:
            return self._shown({"told": f"{error}。"}, 404)
        except SQLAlchemyError:
            return self._shown({"told": "系统繁忙，请稍后再试。"}, 503)

    def _shown(self, values: Mapping[str, Any], status: int) -> web.Response:
        text = self._page.render({"told": "", "questions": [], "day": "", "reason": "", **values})
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")

    def _questions(self, secret: str) -> dict[str, Any]:
        with self._store.begin() as session:
            _, ticket, questionnaire = links.opened(session, secret, now())
            day, reason = f"{ticket.created_at:%-m月%-d日}", links.reason(questionnaire)
            return {
                "questions": _form(questionnaire), "day": day,
                "reason": reason, "reason_title": TITLES.get(reason, reason), "most": links.REASON_MOST,
            }  # fmt: skip

    def _answered(self, secret: str, given: Mapping[str, str]) -> dict[str, Any]:
        with self._store.begin() as session:
            links.answer(session, secret, given, self._rules, now())
        return {"told": "感谢您的评价，再见。"}

    def _too_many(self, address: str) -> bool:
        clock = time.monotonic()
        if len(self._seen) > 10_000:
            self._seen.clear()
        times = self._seen.setdefault(address, deque(maxlen=_MOST))
        full = len(times) == _MOST and clock - times[0] < _WINDOW
        if not full:
            times.append(clock)
        return full


def _form(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """The questions with their choices; a county's own question without a title here shows the words of its choices."""
    return [
        {
            "name": name, "title": TITLES.get(name, name),
            "choices": [
                (choice.value, ANSWERS.get((name, choice.value)) or "、".join(choice.words[:1]) or choice.value)
                for choice in questionnaire.question(name).choices
            ],
        }
        for name in links.asked(questionnaire)
    ]  # fmt: skip
