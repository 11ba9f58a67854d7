"""The parts of the test phones that need no telephone: SIP text and the worker's clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.phones import sip
from tests.phones.clock import Clock
from tests.phones.sip import Address

INVITE = (
    "INVITE sip:110@127.0.0.3:5070;transport=udp SIP/2.0\r\n"
    "f: <sip:13800000001@127.0.0.1>;tag=a\r\n"
    "Subject: one\r\n two\r\n"
    "X-Note: first\r\nX-Note: second\r\n"
    "\r\nv=0\r\nnot: a header\r\n"
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<sip:13800000001@127.0.0.1>;tag=x", Address("", "13800000001", "127.0.0.1")),
        ('"Agent One" <sip:8001@127.0.0.1:5060>', Address("Agent One", "8001", "127.0.0.1:5060")),
        ('"a \\"b\\" <c>" <sip:x@h>', Address('a "b" <c>', "x", "h")),
        ("张三 <sip:8002;phone-context=cn@h;transport=tcp>", Address("张三", "8002", "h")),
        ("sip:%2345@h;a=b", Address("", "#45", "h")),
        ("<sip:127.0.0.2>", Address("", "", "127.0.0.2")),
        ("", Address("", "", "")),
    ],
)
def test_an_address_comes_apart(text: str, parts: Address) -> None:
    assert sip.parse_address(text) == parts


@given(
    st.text(st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="\u2028\u2029\x85")),
    st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1),
)
def test_every_name_and_number_survives_the_way_out_and_in(name: str, number: str) -> None:
    target = sip.uri("" if number.startswith("sip") else number, "127.0.0.1:5060")
    back = sip.parse_address(sip.address(name, target))
    assert back.name == name
    assert back.user == ("" if number.startswith("sip") else number.partition(";")[0])


def test_a_uri_names_number_peer_and_transport() -> None:
    assert sip.uri("8001", "127.0.0.1:5060", "tcp") == "sip:8001@127.0.0.1:5060;transport=tcp"
    assert sip.uri("*45#", "h") == "sip:*45%23@h"
    assert sip.uri("", "h") == "sip:h"
    assert sip.uri("sip:x@elsewhere", "h") == "sip:x@elsewhere"


def test_the_headers_of_a_message_are_read_and_its_body_is_not() -> None:
    assert sip.headers(INVITE) == {
        "From": "<sip:13800000001@127.0.0.1>;tag=a",
        "Subject": "one two",
        "X-Note": "first, second",
    }
    assert sip.parse_address(sip.request_uri(INVITE)).user == "110"
    assert sip.request_uri("SIP/2.0 200 OK\r\n\r\n") == ""


def test_the_clock_returns_what_is_due_once_and_in_order() -> None:
    now, seen = [10.0], []
    clock = Clock(lambda: now[0])
    for delay in (0.5, 0.2, 0.2, 3.0):
        clock.later(delay, lambda delay=delay: seen.append(delay))  # type: ignore[misc]
    assert clock.idle(5.0) == pytest.approx(0.2)
    assert clock.due() == []
    now[0] = 11.0
    assert clock.idle(5.0) == 0.0
    for action in clock.due():
        action()
    assert seen == [0.2, 0.2, 0.5]
    assert clock.due() == []
    assert clock.idle(1.0) == 1.0
