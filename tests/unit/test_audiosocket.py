"""AudioSocket frames: any division of the bytes gives the same frames, and what is no frame is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.audiosocket import END, AudioSocketError, Frame, FrameReader, Kind, audio, has_keys

FRAMES = st.builds(Frame, st.sampled_from(Kind), st.binary(max_size=700))


@given(st.lists(FRAMES, max_size=8), st.data())
def test_frames_are_read_back_however_the_bytes_are_cut(frames: list[Frame], data: st.DataObject) -> None:
    whole = b"".join(frame.encoded() for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=10)))
    reader = FrameReader()
    found = []
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += reader.feed(whole[begin:end])
    assert found == frames


def test_one_byte_at_a_time() -> None:
    reader = FrameReader()
    sent = Frame(Kind.KEY, b"9").encoded() + audio(b"\1\0" * 160) + END
    found = [frame for place in range(len(sent)) for frame in reader.feed(sent[place : place + 1])]
    assert found == [Frame(Kind.KEY, b"9"), Frame(Kind.AUDIO, b"\1\0" * 160), Frame(Kind.END)]


def test_the_wire_is_as_asterisk_documents_it() -> None:
    assert END == b"\x00\x00\x00"
    assert Frame(Kind.KEY, b"#").encoded() == b"\x03\x00\x01#"
    assert audio(bytes(320))[:3] == b"\x10\x01\x40"


@given(st.binary(max_size=100))
def test_any_bytes_are_frames_or_refused(data: bytes) -> None:
    reader = FrameReader()
    try:
        frames = reader.feed(data)
    except AudioSocketError as error:
        assert "kind" in str(error)
    else:
        assert all(frame.kind in set(Kind) for frame in frames)


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("22.10.1", True), ("22.3.0", True), ("22.2.0", False), ("20.13.0", True), ("20.6.0", False), ("21.8", True),
        ("23.0.0", True), ("18.26.4", False), ("", False), ("22", False),
    ],
)  # fmt: skip
def test_r6_speech_is_heard_only_where_nine_still_is_danger(version: str, keys: bool) -> None:
    assert has_keys(version) is keys
