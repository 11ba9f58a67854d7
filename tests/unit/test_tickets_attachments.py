"""Attachments: known by their bytes; what could hurt is refused with a clear error."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.attachments import Limits, check_attachment, safe_name
from tickets.errors import Invalid
from tickets.zips import MOST_MEMBERS

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def archive(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return made.getvalue()


def document(*members: tuple[str, bytes]) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), *members)


@pytest.mark.parametrize(
    ("data", "media", "ending"),
    [
        (PNG, "image/png", ".png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg", ".jpg"),
        (b"%PDF-1.7\n", "application/pdf", ".pdf"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav", ".wav"),
        (b"II*\x00" + bytes(20), "image/tiff", ".tiff"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", ".mp4"),
        ("群众来信，停水三天。".encode(), "text/plain", ".txt"),
        ("群众来信，停水三天。".encode("gb18030"), "text/plain", ".txt"),
        (document(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    ],
)
def test_a_file_is_what_its_bytes_are(data: bytes, media: str, ending: str) -> None:
    """The name may say what it likes."""
    found = check_attachment("照片.html", data)
    assert (found.media_type, found.name, found.size) == (media, f"照片{ending}", len(data))
    assert found.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "空文件"),
        (b"<!DOCTYPE html><html>", "网页或脚本"),
        (b"hello <script>alert(1)</script>", "网页或脚本"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>', "网页或脚本"),
        (b"MZ\x90\x00" + bytes(60), "不接受这种文件"),
        (b"\x7fELF" + bytes(60), "不接受这种文件"),
        (bytes(range(256)), "不接受这种文件"),
        (archive(("a.txt", b"text")), "不接受压缩包"),
        (document(("word/vbaProject.bin", b"x")), "宏"),
        (document(("../../etc/passwd", b"x")), "不安全的路径"),
        (document(("C:\\autoexec.bat", b"x")), "不安全的路径"),
        (document(("word/media/inner.docx", archive(("x", b"y")))), "还有压缩包"),
        (b"PK\x03\x04 not really", "损坏"),
    ],
)
def test_what_could_hurt_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        check_attachment("file.docx", data)


def test_a_zip_bomb_is_refused_without_unpacking_it_all() -> None:
    bomb = document(*((f"word/{n}.xml", bytes(30 * 1024 * 1024)) for n in range(5)))
    assert len(bomb) < 1024 * 1024
    with pytest.raises(Invalid, match="解压后过大"):
        check_attachment("bomb.docx", bomb)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    honest = document(("word/big.xml", bytes(1000)))
    lying = honest.replace((1000).to_bytes(4, "little"), (1).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Invalid):
        check_attachment("lying.docx", lying)


def test_too_many_members_are_refused() -> None:
    with pytest.raises(Invalid, match="文件过多"):
        check_attachment("many.docx", document(*((f"word/{n}", b"") for n in range(MOST_MEMBERS))))


def test_too_large_is_refused() -> None:
    with pytest.raises(Invalid, match="超过1MB"):
        check_attachment("a.png", PNG + bytes(1024 * 1024), Limits(size=1024 * 1024))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\windows\\system32\\evil.exe", "evil.png"),
        ("照片 1.jpeg", "照片 1.png"),
        ("a\u202egpj.exe", "agpj.png"),
        ("nul\x00l.png", "null.png"),
        ("....", "附件.png"),
        ("", "附件.png"),
        ('<b>"x".png', "_b__x_.png"),
    ],
)
def test_names_are_only_names(name: str, kept: str) -> None:
    assert safe_name(name, ".png") == kept


@given(st.text(max_size=300))
def test_no_name_gets_out_of_its_folder(name: str) -> None:
    kept = safe_name(name, ".png")
    assert kept.endswith(".png") and 4 < len(kept) <= 90 and not set('/\\:\0<>|"') & set(kept)
    assert kept.isprintable() and not kept.startswith((".", " ", "-"))


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_clear_error(data: bytes) -> None:
    try:
        assert check_attachment("x", data).size == len(data) > 0
    except Invalid as error:
        assert str(error).startswith("附件：")


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_broken_document_raises_nothing_else(noise: bytes, at: int) -> None:
    whole = document(("word/text.xml", b"text" * 50))
    cut = at % len(whole)
    try:
        check_attachment("x.docx", whole[:cut] + noise + whole[cut + len(noise) :])
    except Invalid as error:
        assert str(error)
