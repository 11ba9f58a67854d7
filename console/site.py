"""The pages: who asks, whether they may, what they sent, then one transaction in a thread, on record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from console import audit, forms, menu, origin, problems, push, render, sessions
from console.errors import BadRequest, ConsoleError, Elsewhere, TooMany
from console.page import PUBLIC_MOST, PUBLIC_SECONDS, Answered, Moved, Page, Saved, Services, Shown, Then, Visit
from console.push import Hub, Listener
from console.replying import Next, bake, saved, see, static
from console.sessions import Login, Stage
from console.sitemap import FEEDS, PAGES
from console.throttle import Throttle
from tickets.access import Actor, Role
from tickets.errors import Forbidden, TicketError

log = logging.getLogger(__name__)
T = TypeVar("T")
SESSION, VISITOR, NOTICE = "hotline_session", "hotline_visitor", "hotline_notice"
CITIZEN = Actor("citizen", Role.CITIZEN)
_SECONDS = 20.0  # an answer takes at most
_THREADS = 4
_STAGES = {Stage.CODE: "/login/code", Stage.PASSWORD: "/account/password", Stage.ENROL: "/account/second-factor"}
_REFUSALS = (TicketError, ConsoleError)


class Site:
    """The application of the pages over a store. It has threads of its own; `hub` tells open pages what is new."""

    def __init__(self, services: Services, pages: tuple[Page, ...] = PAGES) -> None:
        self.services = services
        self.hub = Hub()
        self._pages = pages
        self._by_path = {page.path: page for page in pages if page.method == "GET"}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="pages")
        # Argon2 takes 64 MiB a password: one at a time.
        self._passwords = ThreadPoolExecutor(1, thread_name_prefix="page-password")
        self._uploads = asyncio.Semaphore(2)
        self._public = Throttle(PUBLIC_MOST, PUBLIC_SECONDS)

    def mount(self, application: web.Application) -> None:
        """Adds the pages, the feeds and the static files to the application."""
        for page in self._pages:
            application.router.add_route(page.method, page.path, self._handler(page))
        for feed in FEEDS:
            application.router.add_get(feed.path, self._feed(feed))
        application.router.add_get("/static/{name:[A-Za-z0-9_./-]+}", static)

    def close(self) -> None:
        """Ends the threads; what they do is finished by the database."""
        for threads in (self._threads, self._passwords):
            threads.shutdown(wait=False, cancel_futures=True)

    # -- one request -------------------------------------------------------------------------------

    def _handler(self, page: Page) -> Next:
        async def handle(request: web.Request) -> web.StreamResponse:
            come = origin.of(request)
            cookie = request.cookies.get(SESSION, "")
            login: Login | None = None
            try:
                login = await self._recognised(cookie)
                redirect = _gate(page, login, request)
                if redirect:
                    return see(redirect)
                return await self._allowed(request, page, login, come)
            except (asyncio.CancelledError, web.HTTPException):
                raise
            except Exception as error:  # the edge: every error becomes a page, an unforeseen one is logged
                return self._refusal(request, error, login)

        return handle

    async def _recognised(self, cookie: str) -> Login | None:
        if not cookie:
            return None
        services = self.services
        return await self._in(self._threads, lambda: sessions.recognise(services.store, cookie, services.policy))

    async def _allowed(
        self, request: web.Request, page: Page, login: Login | None, come: origin.Origin
    ) -> web.StreamResponse:
        by = CITIZEN if login is None or page.public else login.account.acting(page.action)
        if by is None:
            assert login is not None
            await self._on_record(Actor(login.account.name, login.account.roles[0], login.account.unit), page, request)
            raise Forbidden("您的账号没有这项权限")
        if not page.public and not come.private:
            raise Forbidden("账号只能经加密连接（https）或本机使用")
        sent = forms.Sent()
        if page.method == "POST":
            if page.public and not self._public.count(come.address):
                raise TooMany(TooMany.__doc__)
            async with self._uploads:
                sent = await forms.read(request, files=page.upload)
            _require_own(request, sent)
        path = dict(request.match_info)
        query = {name[:40]: value[:400] for name, value in request.query.items()}

        def visit(session: Any, **more: Any) -> Visit:
            return Visit(session, self.services, by, login, path, query, sent.fields, sent.files, come.address, **more)

        try:
            answer = await self._in(self._passwords if page.slow else self._threads, lambda: self._run(page, visit))
        except _REFUSALS as error:
            if page.method != "POST" or not page.again:
                raise
            why, again = error, self._by_path[page.again]
            return await self._in(self._threads, lambda: self._again(again, visit, why, request, come))
        if isinstance(answer, Then):
            async with asyncio.timeout(_SECONDS):
                answer = await answer.work()
        return await self._in(self._threads, lambda: self._answer(request, page, answer, login, come))

    def _run(self, page: Page, visit: Callable[..., Visit]) -> Answered:
        """What the handler answers, after what it did or showed was put on record."""
        store = self.services.store
        reads = page.method == "GET"
        with store.reading() if reads else store.begin() as session:
            one = visit(session)
            answer = page.handler(one)
            if not reads and not page.public:
                audit.write(session, _entry(page, one, answer))
        if reads and page.action is not None:
            # Nothing is shown before it is on record who sees it.
            with store.begin() as session:
                audit.write(session, _entry(page, one, answer))
        return answer

    def _again(
        self, page: Page, visit: Callable[..., Visit], error: Exception, request: web.Request, come: origin.Origin
    ) -> web.StreamResponse:
        with self.services.store.reading() as session:
            one = visit(session, problem=str(error))
            one = replace(one, path={**one.path, "move": request.path.rpartition("/")[2]})
            answer = page.handler(one)
        assert isinstance(answer, Shown)
        answer = replace(answer, status=_status(error), values={"given": one.form, **answer.values})
        return self._answer(request, page, answer, one.login, come, str(error))

    def _answer(
        self, request: web.Request, page: Page, answer: Answered, login: Login | None, come: origin.Origin,
        problem: str = "",
    ) -> web.StreamResponse:
        if isinstance(answer, Shown):
            return self._shown(request, page, answer, login, come, problem)
        if isinstance(answer, Saved):
            return saved(answer)
        assert isinstance(answer, Moved)
        response = see(answer.to)
        if answer.notice:
            bake(response, come, NOTICE, quote(answer.notice[:300]), 60)
        if answer.cookie is not None:
            bake(response, come, SESSION, answer.cookie, None if answer.cookie else 0)
        return response

    def _shown(
        self, request: web.Request, page: Page, answer: Shown, login: Login | None, come: origin.Origin, problem: str
    ) -> web.Response:
        own = request.cookies.get(SESSION if login else VISITOR, "")
        fresh = "" if own else sessions.new_cookie()
        values = self._common(request, page.title, login, sessions.form_token(own or fresh), problem)
        text = render.page(answer.template or page.template, values | dict(answer.values))
        response = web.Response(text=text, status=answer.status, content_type="text/html", charset="utf-8")
        if fresh:
            bake(response, come, VISITOR, fresh, 86_400)
        if NOTICE in request.cookies:
            bake(response, come, NOTICE, "", 0)
        return response

    def _common(
        self, request: web.Request, title: str, login: Login | None, token: str, problem: str = ""
    ) -> dict[str, Any]:
        account = login.account if login and login.stage == Stage.OPEN else None
        return {
            "title": title, "account": account, "login": login, "form_token": token, "here": request.path,
            "query": dict(request.query), "notice": unquote(request.cookies.get(NOTICE, "")), "problem": problem,
            "menu": menu.entries(self._pages, account) if account else (), "given": {},
            "reachable": frozenset(page.path for page in self._pages if account and account.acting(page.action)),
            "fragment": request.headers.get("HX-Request") == "true",
        }

    def _refusal(self, request: web.Request, error: Exception, login: Login | None) -> web.Response:
        status, title = problems.status_of(error, request.path)
        # Only what is written for people is shown.
        detail = str(error) if isinstance(error, _REFUSALS) else ""
        own = request.cookies.get(SESSION if login else VISITOR, "")
        values = self._common(request, title, login, sessions.form_token(own))
        text = render.page("problem.html", values | {"status": status, "detail": detail})
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")

    async def _on_record(self, by: Actor, page: Page, request: web.Request) -> None:
        entry = audit.Entry(by, str(page.action), request.match_info.get("number", "")[:12],
                            origin.of(request).address, 403, {"page": page.path})

        def work() -> None:
            with self.services.store.begin() as session:
                audit.write(session, entry)

        await self._in(self._threads, work)

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_SECONDS):
            return await loop.run_in_executor(threads, work)

    # -- feeds -------------------------------------------------------------------------------------

    def _feed(self, feed: push.Feed) -> Next:
        async def handle(request: web.Request) -> web.StreamResponse:
            cookie = request.cookies.get(SESSION, "")

            async def still() -> Login | None:
                try:
                    login = await self._recognised(cookie)
                except (SQLAlchemyError, TimeoutError):
                    return None
                return login if login and login.stage == Stage.OPEN else None

            login = await still()
            by = login.account.acting(feed.action) if login else None
            if login is None or by is None or not origin.same(request) or not origin.of(request).private:
                raise web.HTTPForbidden()
            return await feed.serve(request, Listener(login.account, by, self.services, self.hub, still))

        return handle


def _gate(page: Page, login: Login | None, request: web.Request) -> str:
    """Where the request must go first, "" for nowhere."""
    if page.public:
        return ""
    if login is None:
        back = request.rel_url.path_qs if request.method == "GET" else ""
        return f"/login?back={quote(back, safe='')}" if back not in ("", "/home") else "/login"
    if login.stage != Stage.OPEN and login.stage not in page.stages:
        return _STAGES[login.stage]
    return ""


def _require_own(request: web.Request, sent: forms.Sent) -> None:
    """Raises Elsewhere unless the form is from a page of ours that this browser was shown."""
    token = request.headers.get("X-Form-Token", "") or sent.fields.get("form_token", ("",))[0]
    cookies = (request.cookies.get(SESSION, ""), request.cookies.get(VISITOR, ""))
    if not origin.same(request) or not any(sessions.fits(cookie, token) for cookie in cookies):
        raise Elsewhere(Elsewhere.__doc__)


def _status(error: Exception) -> int:
    if isinstance(error, BadRequest):
        return error.status
    kind = next((kind for kind in type(error).__mro__ if kind in problems.STATUSES), None)
    return problems.STATUSES[kind][0] if kind else 422


def _entry(page: Page, visit: Visit, answer: Answered) -> audit.Entry:
    detail: dict[str, object] = {"page": page.path}
    seen = getattr(answer, "seen", ())
    if seen:
        detail["tickets"] = list(seen)
    if told := getattr(answer, "told", None):
        detail["told"] = dict(told)
    if visit.query:
        detail["query"] = dict(visit.query)
    others = [value for name, value in visit.path.items() if name != "number"]
    if others:
        detail["of"] = others
    action = str(page.action) if page.action is not None else "account"
    status = answer.status if isinstance(answer, Shown) else 200
    return audit.Entry(visit.by, action, visit.path.get("number", ""), visit.remote, status, detail)
