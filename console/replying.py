"""Answers of the site on the wire: redirects, cookies, downloads, static files, and the headers of all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from console import origin, render
from console.page import Saved

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def see(to: str) -> web.Response:
    """The way to another page."""
    # A path of ours and nothing else: what came in a query must not lead to another site.
    safe = to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
    return web.Response(status=303, headers={"Location": safe})


def bake(response: web.StreamResponse, come: origin.Origin, name: str, value: str, seconds: int | None) -> None:
    """Gives the browser a cookie that no script and no other site is given; for as long as it runs, or for seconds."""
    response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=come.tls)


def saved(answer: Saved) -> web.StreamResponse:
    """A file to be saved."""
    # Always a download: what a citizen sent is never run or shown by a browser in our name.
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(answer.name, safe='')}",
        "Content-Type": answer.media,
    }
    if answer.file is not None:
        return web.FileResponse(answer.file, headers=headers)
    return web.Response(body=answer.data, headers=headers)


async def static(request: web.Request) -> web.StreamResponse:
    """A file of console/static."""
    root = render.STATIC.resolve()
    file = (root / request.match_info["name"]).resolve()
    if not file.is_relative_to(root) or not file.is_file() or file.suffix not in (".css", ".js", ".svg", ".wav"):
        raise web.HTTPNotFound()
    # The address changes with the content.
    return web.FileResponse(file, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@web.middleware
async def with_headers(request: web.Request, handler: Next) -> web.StreamResponse:
    """Every answer with the headers that keep browsers safe; static files keep their own Cache-Control."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    for name, value in HEADERS.items():
        if not response.prepared and (name != "Cache-Control" or name not in response.headers):
            response.headers[name] = value
    return response


