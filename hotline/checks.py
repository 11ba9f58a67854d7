"""What a value may be beyond its kind. Everything here is written into Asterisk's configuration or bound to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from figures.weights import weights_of
from hotline import hours

_HOST = r"(?=[^.:]*[a-zA-Z0-9])[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
_PEER = re.compile(rf"{_HOST}(:(?P<port>\d{{1,5}}))?")
_PORTS = ("sip_port", "http_port", "agi_port", "ami_port", "metrics_port")


def wrong(name: str, value: Any) -> str:
    """What is wrong with one value, "" when nothing is."""
    check = _CHECKS.get(name)
    return check(value) if check else ""


def wrong_together(values: Mapping[str, Any]) -> tuple[str, str]:
    """The setting that does not go with another and why; two empty strings when all do."""
    taken: dict[int, str] = {}
    for name in _PORTS:
        other = taken.setdefault(values[name], name)
        if other != name:
            return name, f"{values[name]} is HOTLINE_{other.upper()} already"
    if values["missed_from_hour"] >= values["missed_until_hour"]:
        return "missed_until_hour", f"must be later than HOTLINE_MISSED_FROM_HOUR ({values['missed_from_hour']})"
    if (values["mail_imap"] or values["mail_smtp"]) and not values["mail_address"]:
        return "mail_address", "is wanted with HOTLINE_MAIL_IMAP and HOTLINE_MAIL_SMTP"
    if values["ranking_middle"] > values["ranking_large"]:
        return "ranking_middle", f"must not be more than HOTLINE_RANKING_LARGE ({values['ranking_large']})"
    start, end = values["rtp_start"], values["rtp_end"]
    if not 1024 <= start <= end - 19 or end > 65435:
        return "rtp_end", f"HOTLINE_RTP_START to HOTLINE_RTP_END ({start} to {end}) must be 20 ports of 1024 to 65435"
    return "", ""


def _ipv4(value: str) -> str:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return f"{value!r} is not an address (IPv4, as 127.0.0.1, or 0.0.0.0 for all)"
    return ""


def _outside(value: str) -> str:
    return "" if not value or re.fullmatch(_HOST, value) else f"{value!r} is not an address or host name"


def _peer(value: str) -> str:
    found = _PEER.fullmatch(value)
    if not value or (found and int(found["port"] or 5060) in range(1, 65536)):
        return ""
    return f"{value!r} is not host:port"


def _matches(value: str) -> str:
    for part in value.split(",") if value else ():
        try:
            ipaddress.IPv4Network(part.strip(), strict=False)
        except ValueError:
            if re.search(r"/|^[\d.]+$", part.strip()) or not re.fullmatch(_HOST, part.strip()):
                return f"{part.strip()!r} is not an address, network or host name"
    return ""


def _url(value: str) -> str:
    try:
        known = not value or make_url(value).get_backend_name() in ("sqlite", "postgresql")
    except ArgumentError:
        known = False
    return "" if known else "not a database URL (sqlite:///file or postgresql://user:password@host/name)"


def _mail(*schemes: str) -> Callable[[str], str]:
    """Checks the URL of a mail server; without TLS only on this machine, because a password goes there."""

    def check(value: str) -> str:
        try:
            url = urlsplit(value)
            known = not value or (url.scheme in schemes and bool(url.hostname) and url.port != 0 and not url.username)
        except ValueError:
            known = False
        if not known:
            return f"not as {schemes[0]}://host:port"
        if url.scheme == "imap" and url.hostname not in ("127.0.0.1", "localhost", "::1"):
            return "imaps:// is wanted for another machine: the password would be readable"
        return ""

    return check


def _address(value: str) -> str:
    return "" if not value or re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+", value) else f"{value!r} is not a mail address"


def _fax(value: str) -> str:
    known = not value or (re.fullmatch(r"[0-9]{3,15}", value) and value not in ("12345", "96128"))
    return "" if known else f"{value!r} is not a number of 3 to 15 digits other than 12345 and 96128"


def _hours(value: str) -> str:
    try:
        hours.parse(value)
    except hours.HoursError as error:
        return str(error)
    return ""


def _folder(value: str) -> str:
    if re.fullmatch(r"[\w./@=+-]*", value):
        return ""
    return f"{value!r}: only letters, digits and ./@=+-_ may be in a path"


def _weights(value: str) -> str:
    try:
        weights_of(value)
    except ValueError as error:
        return str(error)
    return ""


_CHECKS: Mapping[str, Callable[[Any], str]] = {
    "bind": _ipv4,
    "external_address": _outside,
    "trunk_peer": _peer,
    "emergency_peer": _peer,
    "trunk_match": _matches,
    "database_url": _url,
    "open_hours": _hours,
    "fax_number": _fax,
    "sms_in_folder": _folder,
    "mail_imap": _mail("imaps", "imap"),
    "mail_smtp": _mail("smtps", "smtp"),
    "mail_address": _address,
    "ranking_weights": _weights,
    "asterisk_root": _folder,
    "home": _folder,
}
