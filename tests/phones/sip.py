"""SIP text on its way in and out: addresses and header fields, with no I/O (RFC 3261 sections 20 and 25)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_ADDRESS = re.compile(
    r'^\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^<"]*?))\s*<(?P<inner>[^>]*)>|^\s*(?P<plain>[^\s;]+)'
)
_COMPACT = {"f": "From", "t": "To", "m": "Contact", "i": "Call-ID", "v": "Via", "c": "Content-Type"}


@dataclass(frozen=True, slots=True)
class Address:
    """One name-addr: the display name and the user part, both "" when absent."""

    name: str
    user: str
    host: str


def parse_address(text: str) -> Address:
    """Return the parts of a From, To, Contact or request URI; nothing is raised for odd text."""
    found = _ADDRESS.match(text)
    if found is None:
        return Address("", "", "")
    name = found["quoted"] if found["quoted"] is not None else (found["bare"] or "")
    uri = (found["inner"] if found["inner"] is not None else found["plain"]) or ""
    rest = uri.partition(":")[2] if re.match(r"^(sips?|tel):", uri, re.IGNORECASE) else uri
    user, at, host = rest.partition("@")
    if not at:
        user, host = "", user
    return Address(re.sub(r"\\(.)", r"\1", name), unquote(user.partition(";")[0]), host.partition(";")[0])


def uri(number: str, peer: str, transport: str = "udp") -> str:
    """Return the SIP URI of number at peer ("host:port"); a number that is a URI comes back as it is."""
    if number.startswith(("sip:", "sips:")):
        return number
    user = quote(number, safe="*+-_.!~'()&=$,;?/") + "@" if number else ""
    return f"sip:{user}{peer}" + (";transport=tcp" if transport == "tcp" else "")


def address(name: str | None, target: str) -> str:
    """Return a name-addr for a From or To field; the name is quoted (section 25.1)."""
    if name is None:
        return f"<{target}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{target}>'


def headers(message: str) -> dict[str, str]:
    """Return the header fields of a message; repeated ones are joined by ", ", compact names spelt out."""
    found: dict[str, str] = {}
    head = re.split(r"\r?\n\r?\n", message, maxsplit=1)[0]
    for line in re.sub(r"\r?\n[ \t]+", " ", head).splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            key = _COMPACT.get(name.strip().lower(), name.strip())
            found[key] = f"{found[key]}, {value.strip()}" if key in found else value.strip()
    return found


def request_uri(message: str) -> str:
    """Return the request URI of a whole request, "" for a response."""
    words = message.split("\r\n", 1)[0].split(" ")
    return words[1] if len(words) == 3 and words[2].startswith("SIP/") else ""
