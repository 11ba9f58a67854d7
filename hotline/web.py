"""What the service shows by HTTP: the pages, the REST interface, the status as JSON, and a health check."""

from __future__ import annotations

from aiohttp import web

from console.replying import with_headers
from console.rest import BASE, Rest
from console.site import Site
from hotline.asking import Asking
from hotline.metrics import Metrics
from hotline.settings import Settings
from hotline.standing import Standing


class Console:
    """The pages of `site`, `/api/v1/status`, `/healthz`, `metrics`, and what `rest` serves under /api/v1."""

    def __init__(
        self, settings: Settings, standing: Standing, rest: Rest, asking: Asking, site: Site, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._standing = standing
        self._rest = rest
        self._asking = asking
        self._site = site
        self._metrics = metrics
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(middlewares=[with_headers])
        self._site.mount(application)
        application.router.add_get("/api/v1/status", self._status)
        application.router.add_get("/healthz", self._health)
        self._asking.add_to(application)
        self._metrics.add_to(application)
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
        self._asking.close()
        self._site.close()

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response(self._standing.now())

    async def _health(self, _request: web.Request) -> web.Response:
        """200 while a caller would be served by the flows, 503 while by the fallback."""
        parts = self._standing.now()["parts"]
        down = [name for name in ("database", "agi") if parts[name]["state"] != "up"]
        return web.Response(text=f"{' '.join(down)} down\n" if down else "ok\n", status=503 if down else 200)
