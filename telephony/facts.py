"""What a session's environment says of the call."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from telephony.call import Facts

_LONGEST_NUMBER = 20  # digits; E.164 has 15, exchanges put prefixes before them


def facts_of(environment: Mapping[str, str]) -> Facts:
    """The facts of a call, from AGI arguments `key=value` and a query string over what Asterisk says itself.

    Source: Asterisk's `setup_env` in res_agi.c; `unknown` is how it says that there is none.
    """
    arguments = _arguments(environment)
    unique = environment.get("agi_uniqueid", "")
    return Facts(
        call_id=arguments.get("call") or unique,
        channel=environment.get("agi_channel", ""),
        caller=digits(arguments.get("caller", environment.get("agi_callerid", ""))),
        dialled=digits(arguments.get("dialled") or environment.get("agi_dnid", "")),
        line=arguments.get("line") or "12345",
        arguments=arguments,
    )


def _arguments(environment: Mapping[str, str]) -> dict[str, str]:
    _, query = route_of(environment)
    arguments = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    number = 1
    while (given := environment.get(f"agi_arg_{number}")) is not None:
        name, equals, value = given.partition("=")
        if equals:
            arguments[name] = value
        number += 1
    return arguments


def route_of(environment: Mapping[str, str]) -> tuple[str, str]:
    """The route a FastAGI URL names, and its query string."""
    path, _, query = environment.get("agi_network_script", "").partition("?")
    return path.strip("/"), query


def digits(number: str) -> str:
    """The number's digits, "" when it is hidden or anything but digits after an optional plus."""
    bare = number.strip().removeprefix("+")
    return bare if bare.isascii() and bare.isdigit() and len(bare) <= _LONGEST_NUMBER else ""


def masked(number: str) -> str:
    """The number as logs may show it."""
    return f"{number[:3]}****{number[-2:]}" if len(number) > 6 else number
