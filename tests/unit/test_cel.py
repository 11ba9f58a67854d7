"""One line of the event log."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqueue import cel
from callqueue.errors import BadLine

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\0"), max_size=40)


def quoted(fields: list[str]) -> str:
    """The fields as CSV_QUOTE writes them (an independent writer)."""
    output = io.StringIO()
    csv.writer(output, quoting=csv.QUOTE_ALL).writerow(fields)
    return output.getvalue().rstrip("\r\n")


def fields(**given: str) -> list[str]:
    plain = dict.fromkeys(cel.FIELDS, "")
    plain |= {
        "eventtype": "ANSWER",
        "eventtime": "1800000000.000001",
        "CHANNEL(channame)": "PJSIP/trunk-00000001",
        "CHANNEL(uniqueid)": "1800000000.1",
        "CHANNEL(linkedid)": "1800000000.1",
    }
    return list((plain | given).values())


def test_the_mapping_names_every_field_once_and_quotes_each() -> None:
    assert cel.MAPPING.startswith("cel.csv => ${CSV_QUOTE(${eventtype})},${CSV_QUOTE(${eventtime})},")
    assert cel.MAPPING.count("CSV_QUOTE") == len(cel.FIELDS) == len(set(cel.FIELDS))


def test_an_event_of_asterisk() -> None:
    event = cel.parse(quoted(fields(**{"CALLERID(num)": "13800000001", "CHANNEL(exten)": "12345"})))
    assert (event.kind, event.name, event.at) == ("ANSWER", "", 1_800_000_000_000_001)
    assert (event.caller, event.exten, event.uniqueid) == ("13800000001", "12345", "1800000000.1")


@pytest.mark.parametrize("kind", ["path", cel.NOTE])
def test_a_user_event_is_a_note_whichever_way_asterisk_names_its_type(kind: str) -> None:
    extra = json.dumps({"extra": "at=main&key=9"})
    event = cel.parse(quoted(fields(eventtype=kind, userdeftype="path", eventextra=extra)))
    assert (event.kind, event.name, event.details()) == (cel.NOTE, "path", {"at": "main", "key": "9"})


def test_a_streams_type_is_no_note() -> None:
    event = cel.parse(quoted(fields(eventtype="STREAM_BEGIN", userdeftype="MOH_STREAM_BEGIN")))
    assert (event.kind, event.name) == ("STREAM_BEGIN", "MOH_STREAM_BEGIN")
    assert cel.of_use(event)


@pytest.mark.parametrize(
    ("kind", "name"), [("DTMF", "Received"), ("STREAM_BEGIN", "FILE_STREAM_BEGIN"), ("STREAM_END", "FILE_STREAM_END")]
)
def test_keys_and_prompts_are_not_kept(kind: str, name: str) -> None:
    """Keys pressed may be the last digits of a citizen's number; they do not belong in the ledger's raw rows."""
    assert not cel.of_use(cel.parse(quoted(fields(eventtype=kind, userdeftype=name))))


@given(st.dictionaries(TEXT.filter(bool), TEXT, max_size=4))
def test_facts_come_back_as_they_were_written(facts: dict[str, str]) -> None:
    extra = json.dumps({"extra": urlencode(facts)})
    assert cel.parse(quoted(fields(eventtype="x", eventextra=extra))).details() == facts


@given(st.lists(TEXT, min_size=6, max_size=6))
def test_any_text_in_any_field_is_read_back(values: list[str]) -> None:
    names = ("CALLERID(num)", "CHANNEL(exten)", "CHANNEL(appname)", "CHANNEL(appdata)", "BRIDGEPEER", "eventextra")
    event = cel.parse(quoted(fields(**dict(zip(names, values, strict=True)))))
    assert (event.caller, event.exten, event.app, event.data, event.extra) == (*values[:4], values[5])


@given(st.text(max_size=300))
def test_a_line_that_is_none_is_bad_and_nothing_else(line: str) -> None:
    with pytest.raises(BadLine):
        cel.parse(line)


FORGED = "CHAN_START,1800000000.000001,1,s,x,PJSIP/trunk-0000000f,,,6.6,6.6,,,"
FORGERS = [FORGED, quoted(FORGED.split(",")), FORGED.replace("CHAN_START", '"'), FORGED + '"', '"' + FORGED + '"']


@given(st.lists(st.sampled_from([*FORGERS, *'",1', "\n", '","', '""', "1800000000.000001", "visit"]), max_size=30))
def test_a_caller_id_with_line_breaks_cannot_pass_off_its_own_text_as_an_event(parts: list[str]) -> None:
    whole = quoted(fields(**{"CALLERID(num)": "x\n" + "".join(parts)}))
    for line in whole.split("\n"):
        with pytest.raises(BadLine):
            cel.parse(line)


@given(st.integers(0, 200), st.integers(1, 60))
def test_a_damaged_line_is_read_or_bad(start: int, length: int) -> None:
    line = quoted(fields(eventextra=json.dumps({"extra": "a=1"})))
    damaged = line[:start] + line[start + length :]
    try:
        assert cel.parse(damaged).uniqueid
    except BadLine as bad:
        assert str(bad)


@pytest.mark.parametrize("time", ["", "1800000000", "1800000000.5", "18.000000x", "-1.000000", "99999999999.000000"])
def test_a_time_in_another_form_is_bad(time: str) -> None:
    with pytest.raises(BadLine, match="time"):
        cel.parse(quoted(fields(eventtime=time)))


@pytest.mark.parametrize("extra", ["", "{", "[]", '{"extra": 5}', '{"extra": "a=%00%ED%A0%80"}'])
def test_extra_that_cannot_be_read_gives_nothing_that_a_database_refuses(extra: str) -> None:
    facts = cel.parse(quoted(fields(eventtype="x", eventextra=extra))).details()
    assert all("\0" not in value and value.encode() is not None for value in facts.values())
