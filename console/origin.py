"""Where a request comes from, also behind a proxy on the same machine."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Origin:
    """The address that asks, whether it came over TLS, and whether nobody can listen in (TLS, or this machine)."""

    address: str
    tls: bool
    private: bool

    @property
    def here(self) -> bool:
        """Whether it was sent by a program on this machine."""
        return _loopback(self.address)


def of(request: web.Request) -> Origin:
    """The origin of a request. X-Forwarded-* is believed from this machine alone; the last hop is the proxy's word."""
    remote = request.remote or ""
    near = _loopback(remote)
    address, tls = remote, request.secure
    if near:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        address = forwarded[:64] or remote
        tls = tls or request.headers.get("X-Forwarded-Proto", "") == "https"
    return Origin(address, tls, tls or near)


def same(request: web.Request) -> bool:
    """Whether no other site's page sent it, by what the browser itself says."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    known = {request.host}
    if _loopback(request.remote or ""):
        known.add(request.headers.get("X-Forwarded-Host", request.host))
    return urlsplit(origin).netloc in known


def _loopback(remote: str) -> bool:
    try:
        return ip_address(remote).is_loopback
    except ValueError:
        return False
