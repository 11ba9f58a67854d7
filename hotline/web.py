"""The first console: a page, the status as JSON, and a health check. Nothing personal is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from console.rest import BASE, Rest
from hotline import probe
from hotline.settings import Settings
from hotline.standing import Standing
from store.base import now

NAMES = {"agi": "语音流程", "ami": "Asterisk 连接", "database": "数据库", "ledger": "通话记录",
         "live": "实时状态", "http": "控制台"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Live = Callable[[], Awaitable[dict[str, Any] | None]]


class Console:
    """`/`, `/api/v1/status`, `/healthz`, and what `rest` serves under /api/v1.

    `live` gives queues and agents, or None while AMI is away.
    """

    def __init__(self, settings: Settings, standing: Standing, live: Live, rest: Rest) -> None:
        self._settings = settings
        self._standing = standing
        self._live = live
        self._rest = rest
        self._runner: web.AppRunner | None = None
        pages = Environment(loader=PackageLoader("hotline", "pages"), autoescape=True, undefined=StrictUndefined)
        self._page = pages.get_template("index.html")

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(middlewares=[_with_headers])
        application.router.add_get("/", self._index)
        application.router.add_get("/api/v1/status", self._status)
        application.router.add_get("/healthz", self._health)
        application.add_subapp(BASE, self._rest.application())
        return application

    async def start(self) -> None:
        """Listens on the settings' address. Raises OSError."""
        self._runner = web.AppRunner(self.application(), access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.bind, self._settings.http_port).start()

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self._rest.close()

    async def _index(self, _request: web.Request) -> web.Response:
        host = probe.reachable_host(self._settings.bind)
        numbers = self._settings.agent_numbers
        text = self._page.render(
            now=now().strftime("%Y-%m-%d %H:%M:%S"),
            parts=self._standing.now()["parts"],
            names=NAMES,
            registrar=f"{host}:{self._settings.sip_port}",
            agents=f"{numbers[0]}–{numbers[-1]}" if numbers else "无",
            live=await self._live(),
        )
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response(self._standing.now())

    async def _health(self, _request: web.Request) -> web.Response:
        """200 while a caller would be served by the flows, 503 while by the fallback."""
        parts = self._standing.now()["parts"]
        down = [name for name in ("database", "agi") if parts[name]["state"] != "up"]
        return web.Response(text=f"{' '.join(down)} down\n" if down else "ok\n", status=503 if down else 200)


@web.middleware
async def _with_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    response = await handler(request)
    response.headers.update(_HEADERS)
    return response
