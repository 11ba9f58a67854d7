"""The REST interface under /api/v1: who asks, whether they may, what they asked, then one transaction in a thread."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web

from console import audit, bodies, credentials, idempotency, openapi, problems
from console.accounts import Account
from console.errors import BadRequest, Outdated
from console.idempotency import Key
from console.route import PATHS, Answer, Asked, Floor, Means, Route
from console.routes import BASE, ROUTES
from console.schema import require
from store.engine import Store
from tickets.access import Action, Actor
from tickets.deadlines import Rules
from tickets.errors import Conflict, Forbidden

log = logging.getLogger(__name__)
T = TypeVar("T")
_SECONDS = 10.0  # finding out who asks takes at most
_THREADS = 4
_VERSION = re.compile(r'"([0-9]{1,9})"')
_KEY = re.compile(r"[!-~]{1,200}")
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


_NONE = Means()


class Rest:
    """The application of the interface over a store; attachments lie in `folder`. It has threads of its own."""

    def __init__(
        self, store: Store, folder: Path, rules: Rules, means: Means = _NONE, floor: Floor | None = None
    ) -> None:
        self._store = store
        self._folder = folder
        self._rules = rules
        self._means = means
        self._floor = floor
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="rest")
        # Argon2 takes 64 MiB a password: one at a time.
        self._passwords = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._uploads = asyncio.Semaphore(2)

    def application(self) -> web.Application:
        """The routes of the table, to be mounted at BASE."""
        application = web.Application(middlewares=[_problems])
        for route in ROUTES:
            application.router.add_route(route.method, route.path, self._handler(route))
        application.router.add_get("/openapi.json", _description)
        return application

    def close(self) -> None:
        """Ends the threads; what they do is finished by the database."""
        for threads in (self._threads, self._passwords):
            threads.shutdown(wait=False, cancel_futures=True)

    def _handler(self, route: Route) -> Next:
        async def handle(request: web.Request) -> web.StreamResponse:
            account = await self._recognised(request)
            by = account.acting(route.action)
            if by is None:
                await self._refused(request, route, account)
                raise Forbidden(f"{'、'.join(role.label for role in account.roles)}不能办理此项")
            return await self._answered(request, route, account, by)

        return handle

    async def _recognised(self, request: web.Request) -> Account:
        if not credentials.private(request.remote, request.secure):
            raise Forbidden("账号和令牌只能经加密连接或本机使用")
        if not bodies.same_origin(request):
            raise Forbidden("不接受其他网站的请求")
        given = credentials.read(request.headers.get("Authorization"))
        threads = self._threads if given.token else self._passwords
        account = await self._in(threads, lambda: credentials.recognise(self._store, given))
        if account.second_factor and not given.token:
            raise Forbidden("账号启用了两步验证，请使用令牌")
        return account

    async def _answered(
        self, request: web.Request, route: Route, account: Account, by: Actor
    ) -> web.StreamResponse:
        path = dict(request.match_info)
        require({"type": "object", "properties": PATHS}, path, "path")
        query = bodies.query(request, dict(route.query), route.needed)
        version, key = _if_match(request, route), _key(request, route)
        if route.upload:
            async with self._uploads:
                files = await bodies.files(request, route.files)
                return await self._done(request, route, key, account, by, path=path, query=query, files=files)
        body = await bodies.json_body(request, route.body) if route.body else {}
        return await self._done(
            request, route, key, account, by, path=path, query=query, body=body, version=version
        )

    async def _done(
        self, request: web.Request, route: Route, key: str, account: Account, by: Actor, **asked: object
    ) -> web.StreamResponse:
        remote, where = request.remote or "", request.path

        def work() -> Answer:
            reads = route.method == "GET"
            with self._store.reading() if reads else self._store.begin() as session:
                given = {**asked, "means": self._means, "floor": self._floor}
                one = Asked(session, account, by, self._folder, self._rules, **given)  # type: ignore[arg-type]
                answer = _run(route, one, key, where)
                if not reads:
                    audit.write(session, _entry(route, one, answer, remote))
            if reads and route.action is not None:
                # Nothing is shown before it is on record who sees it.
                with self._store.begin() as session:
                    audit.write(session, _entry(route, one, answer, remote))
            if answer.then:
                answer.then()
            return answer

        try:
            return _response(await self._in(self._threads, work, route.seconds))
        except Conflict as error:
            if request.headers.get("If-Match") and route.versioned:
                raise Outdated(str(error)) from None
            raise

    async def _refused(self, request: web.Request, route: Route, account: Account) -> None:
        by = Actor(account.name, account.roles[0], account.unit)
        number = request.match_info.get("number", "")[:12]
        entry = audit.Entry(by, str(route.action), number, request.remote or "", 403)

        def work() -> None:
            with self._store.begin() as session:
                audit.write(session, entry)

        await self._in(self._threads, work)

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T], seconds: float = _SECONDS) -> T:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            return await loop.run_in_executor(threads, work)


def _run(route: Route, asked: Asked, sent: str, where: str) -> Answer:
    key = Key(asked.account.id, sent, idempotency.digest(where, asked.query, asked.body, asked.files, asked.version))
    known = idempotency.remembered(asked.session, key) if sent else None
    if known is not None:
        return known
    answer = route.handler(asked)
    answer = replace(answer, status=answer.status or route.status)
    if sent:
        idempotency.remember(asked.session, key, answer)
    return answer


def _entry(route: Route, asked: Asked, answer: Answer, remote: str) -> audit.Entry:
    number = asked.path.get("number", "")
    detail: dict[str, object] = {"path": route.path}
    if answer.seen:
        detail["tickets"] = list(answer.seen)
    if asked.query:
        detail["query"] = dict(asked.query)
    if route.action in (Action.FLOOR, Action.SEAT) and asked.body:
        detail["body"] = dict(asked.body)
    others = [value for name, value in asked.path.items() if name != "number"]
    if others:
        detail["of"] = others
    return audit.Entry(asked.by, str(route.action), number, remote, answer.status, detail)


def _response(answer: Answer) -> web.StreamResponse:
    if answer.file is None and answer.content is None:
        text = json.dumps(answer.body, ensure_ascii=False)
        return web.Response(text=text, status=answer.status, headers=answer.headers, content_type="application/json")
    # Always a download: what a citizen sent is never run or shown by a browser in our name.
    disposition = f"attachment; filename*=UTF-8''{quote(answer.name, safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Type": "application/octet-stream"}
    if answer.file is None:
        return web.Response(body=answer.content, headers=headers)
    return web.FileResponse(answer.file, headers=headers)


def _if_match(request: web.Request, route: Route) -> int | None:
    sent = request.headers.get("If-Match")
    if sent is None or not route.versioned:
        return None
    found = _VERSION.fullmatch(sent.strip())
    if not found:
        raise BadRequest("请求不符合接口说明", (("header/If-Match", '应为 "版本号"'),))
    return int(found.group(1))


def _key(request: web.Request, route: Route) -> str:
    sent = request.headers.get("Idempotency-Key")
    if sent is None or route.method != "POST":
        return ""
    if not _KEY.fullmatch(sent):
        raise BadRequest("请求不符合接口说明", (("header/Idempotency-Key", "1至200个可见字符"),))
    return sent


async def _description(_request: web.Request) -> web.Response:
    return web.json_response(openapi.description())


@web.middleware
async def _problems(request: web.Request, handler: Next) -> web.StreamResponse:
    try:
        return await handler(request)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # the edge: every error becomes a problem, an unforeseen one is logged
        return problems.of(error, request.path)


__all__ = ["BASE", "Rest"]
