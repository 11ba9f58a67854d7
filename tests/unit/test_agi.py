"""AGI lines: quoting that Asterisk reads back, replies whole however they arrive, environments of any making."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import agi
from telephony.agi import (
    AGIDead,
    AGIError,
    AGIInvalid,
    AGIUnsafe,
    AGIUsage,
    EnvironmentReader,
    Reply,
    ReplyReader,
    command,
    parse_environment,
    parse_reply,
)

MAX_ARGS = 128


def asterisk_reads(line: bytes) -> list[bytes]:
    """The words of a line as the C code cuts it: in place, with one pointer that reads and one that writes."""
    source, written, starts = line + b"\0", bytearray(), []
    quoted = escaped = False
    whitespace = True
    for byte in source[:-1]:
        literal = False
        if byte == ord('"'):
            if escaped:
                literal = True
            else:
                quoted = not quoted
                if quoted and whitespace:
                    starts.append(len(written))
                    whitespace = False
                escaped = False
        elif byte in b" \t":
            if quoted or escaped:
                literal = True
            else:
                whitespace = True
                written.append(0)
        elif byte == ord("\\") and not escaped:
            escaped = True
        else:
            literal = True
        if literal:
            if whitespace:
                starts.append(len(written))
                whitespace = False
            written.append(byte)
            escaped = False
    written.append(0)
    assert len(starts) < MAX_ARGS, "Asterisk's array of words overflows"
    return [bytes(written[start : written.index(0, start)]) for start in starts]


text = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60)


@given(st.lists(text, max_size=8))
def test_asterisk_reads_what_was_quoted(arguments: list[str]) -> None:
    try:
        line = command("SET VARIABLE", *arguments)
    except AGIUnsafe:
        assert sum(argument.count('"') for argument in arguments) + 2 * len(arguments) > agi.MAX_QUOTES
        return
    assert asterisk_reads(line.encode()) == [b"SET", b"VARIABLE", *(word.encode() for word in arguments)]


@given(st.lists(st.sampled_from(["\\", '"', " ", "\t", "a", "\\\\", '\\"', "武"]), max_size=30).map("".join))
def test_quoting_survives_what_parsers_stumble_over(argument: str) -> None:
    assert asterisk_reads(command("NOOP", argument).encode()) == [b"NOOP", argument.encode()]


def test_empty_arguments_stay() -> None:
    assert asterisk_reads(command("STREAM FILE", "", "12").encode()) == [b"STREAM", b"FILE", b"", b"12"]


def test_numbers_and_no_arguments() -> None:
    assert command("WAIT FOR DIGIT", 5000) == 'WAIT FOR DIGIT "5000"'
    assert command("ANSWER") == "ANSWER"


@pytest.mark.parametrize("bad", ["a\nHANGUP", "a\rb", "a\0b", "\ud800"])
def test_a_second_command_cannot_be_smuggled_in(bad: str) -> None:
    with pytest.raises(AGIUnsafe):
        command("SET VARIABLE", "X", bad)
    with pytest.raises(AGIUnsafe):
        command(f"NOOP {bad}")


def test_a_line_is_at_most_2000_bytes() -> None:
    room = agi.MAX_LINE - len('NOOP ""')
    assert len(command("NOOP", "x" * room)) == agi.MAX_LINE
    with pytest.raises(AGIUnsafe):
        command("NOOP", "x" * (room + 1))
    with pytest.raises(AGIUnsafe):
        command("NOOP", "武" * 700)  # 2100 bytes


def test_a_line_holds_at_most_100_quotes() -> None:
    assert command("NOOP", '"' * 98).count('"') == 100
    with pytest.raises(AGIUnsafe):
        command("NOOP", '"' * 99)
    with pytest.raises(AGIUnsafe):
        command("NOOP", *["a"] * 51)


USAGE = (
    "520-Invalid command syntax.  Proper usage follows:\nSets a variable.\n520 is not the end\n520 End of proper usage."
)
REPLIES = [
    ("200 result=0", Reply(200, "0")),
    ("200 result=1", Reply(200, "1")),
    ("200 result=", Reply(200, "")),
    ("200 result= (timeout)", Reply(200, "", "timeout")),
    ("200 result=12 (timeout)", Reply(200, "12", "timeout")),
    ("200 result=-1", Reply(200, "-1")),
    ("200 result=0 endpos=40000", Reply(200, "0", None, 40000)),
    ("200 result=50 endpos=5760", Reply(200, "50", None, 5760)),
    ("200 result=-1 endpos=-1", Reply(200, "-1")),
    ("200 result=35 (dtmf) endpos=8000", Reply(200, "35", "dtmf", 8000)),
    ("200 result=-1 (hangup) endpos=16000", Reply(200, "-1", "hangup", 16000, dead=True)),
    ("200 result=-1 (randomerror) endpos=0", Reply(200, "-1", "randomerror")),
    ("200 result=-1 (writefile)", Reply(200, "-1", "writefile")),
    ("200 result=1 ()", Reply(200, "1", "")),
    ("200 result=1 (hangup)", Reply(200, "1", "hangup")),
    ("200 result=1 (endpos=5)", Reply(200, "1", "endpos=5")),
    ("200 result=1 ((a)(b)", Reply(200, "1", "(a)(b")),
    ("200 result=1 (a) (b))", Reply(200, "1", "a) (b)")),
    ("200 result=1 (two\nlines)", Reply(200, "1", "two\nlines")),
    ("200 result=1 (\n\n)", Reply(200, "1", "\n\n")),
    ("200 result=1 (HANGUP\nHANGUP\n)", Reply(200, "1", "HANGUP\nHANGUP\n")),
    ("200 result=1 (a)b\n200 result=7)", Reply(200, "1", "a)b\n200 result=7")),
    ("200 result=1 (武定县)", Reply(200, "1", "武定县")),
]


@pytest.mark.parametrize(("sent", "reply"), REPLIES)
def test_replies(sent: str, reply: Reply) -> None:
    (whole,) = ReplyReader().feed(sent.encode() + b"\n")
    assert parse_reply(whole) == reply


def test_timeouts_are_told_from_an_empty_entry() -> None:
    assert parse_reply("200 result= (timeout)").timeout
    assert not parse_reply("200 result=").timeout


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ("510 Invalid or unknown command", AGIInvalid),
        ("511 Command Not Permitted on a dead channel or intercept routine", AGIDead),
        ("520 Invalid command syntax.  Proper usage not available.", AGIUsage),
        (USAGE, AGIUsage),
        ("HANGUP", AGIDead),
        ("500 Internal", AGIInvalid),
        ("200 no result", AGIInvalid),
    ],
)
def test_refusals(sent: str, error: type[AGIError]) -> None:
    (whole,) = ReplyReader().feed(sent.encode() + b"\n")
    with pytest.raises(error) as raised:
        parse_reply(whole)
    assert str(raised.value) == sent


def test_usage_ends_without_a_newline_before_its_end() -> None:
    (whole,) = ReplyReader().feed(b"520-Invalid command syntax.\nno newline520 End of proper usage.\n")
    with pytest.raises(AGIUsage):
        parse_reply(whole)


STREAM = "".join(
    f"{line}\n"
    for line in (
        "100 Trying...",
        "200 result=0",
        "HANGUP",
        "200 result=1 (two\nlines (and) brackets)",
        USAGE,
        "",
        "noise",
        "511 Command Not Permitted on a dead channel or intercept routine",
        "200 result=-1 (hangup) endpos=160",
        "HANGUP",
    )
).encode()
WHOLE = [
    "200 result=0",
    "HANGUP",
    "200 result=1 (two\nlines (and) brackets)",
    USAGE,
    "511 Command Not Permitted on a dead channel or intercept routine",
    "200 result=-1 (hangup) endpos=160",
    "HANGUP",
]


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_a_cut_anywhere_changes_nothing(cut: int) -> None:
    reader = ReplyReader()
    assert reader.feed(STREAM[:cut]) + reader.feed(STREAM[cut:]) == WHOLE


def test_one_byte_at_a_time() -> None:
    reader = ReplyReader()
    assert [text for byte in STREAM for text in reader.feed(bytes([byte]))] == WHOLE


@given(st.binary(max_size=200), st.integers(1, 7))
def test_any_bytes_in_any_pieces_give_the_same(data: bytes, size: int) -> None:
    pieces = ReplyReader()
    found = [text for at in range(0, len(data), size) for text in pieces.feed(data[at : at + size])]
    assert found == ReplyReader().feed(data)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_value_of_any_kind_never_shifts_the_next_reply(value: str) -> None:
    reader = ReplyReader()
    texts = reader.feed(f"200 result=1 ({value})\n".encode())
    assert texts, "a value is never waited for in vain"
    if ")\n" not in value and ") endpos=" not in value and not value.startswith(")"):
        assert parse_reply(texts[0]).data == value
        assert reader.feed(b"200 result=7\n") == ["200 result=7"]


def test_bytes_that_are_no_utf8() -> None:
    name = "武定县".encode("gb18030")
    (whole,) = ReplyReader().feed(b"200 result=1 (" + name + b")\n")
    assert "\ufffd" in str(parse_reply(whole).data)


def test_a_reply_without_end_is_given_up() -> None:
    with pytest.raises(AGIInvalid):
        ReplyReader().feed(b"x" * (agi.MAX_REPLY + 1))
    reader = ReplyReader()
    with pytest.raises(AGIInvalid):
        for _ in range(agi.MAX_REPLY):
            reader.feed(b"200 result=1 (open\n")


ENVIRONMENT = b"agi_network: yes\nagi_callerid: 13800000001\nagi_calleridname: a: b\nagi_accountcode: \nother: x\n\n"


@pytest.mark.parametrize("cut", range(len(ENVIRONMENT)))
def test_an_environment_cut_anywhere(cut: int) -> None:
    reader = EnvironmentReader()
    assert reader.feed(ENVIRONMENT[:cut]) is None
    assert reader.feed(ENVIRONMENT[cut:] + b"HANGUP\n") == {
        "agi_network": "yes",
        "agi_callerid": "13800000001",
        "agi_calleridname": "a: b",
        "agi_accountcode": "",
    }
    assert reader.rest == b"HANGUP\n"


@pytest.mark.parametrize("encoding", ["gb18030", "cp1251"])
def test_names_in_other_encodings_keep_the_call(encoding: str) -> None:
    name = {"gb18030": "武定县", "cp1251": "Привет"}[encoding].encode(encoding)
    read = parse_environment(b"agi_calleridname: " + name + b"\nagi_callerid: 13800000001")
    assert read["agi_callerid"] == "13800000001"


def test_an_environment_has_a_limit() -> None:
    with pytest.raises(AGIInvalid):
        EnvironmentReader().feed(b"agi_x: " + b"y" * agi.MAX_ENVIRONMENT)


def test_what_is_no_environment() -> None:
    with pytest.raises(AGIInvalid):
        EnvironmentReader().feed(b"GET / HTTP/1.1\r\nHost: x\n\n")


def test_a_line_that_only_ends_like_a_reply_is_none() -> None:
    reader = ReplyReader()
    assert reader.feed(b"noise ") == []
    assert reader.feed(b"200 result=0\n") == []
    assert reader.feed(b"200 result=1\n") == ["200 result=1"]


def test_a_line_inside_a_value_is_no_reply() -> None:
    reader = ReplyReader()
    assert reader.feed(b"200 result=1 (one\n") == []
    assert reader.feed(b"200 result=0\n") == []
    assert reader.feed(b"two)\n") == ["200 result=1 (one\n200 result=0\ntwo)"]
