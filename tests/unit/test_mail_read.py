"""E-mails as bytes: their text without markup, their files, whom they answer, and which a machine wrote (R3)."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import mail, mail_read
from channels.outbox import Letter
from store.base import now

OWN = "12345@county.example"


def letter(**more: Any) -> EmailMessage:
    made = EmailMessage()
    headers = {"From": "张三 <Zhang@Example.com>", "To": OWN, "Subject": "停水", "Message-ID": "<a1@example.com>"}
    for name, value in (headers | more.pop("headers", {})).items():
        if value is not None:
            made[name] = value
    made.set_content(more.pop("text", "城关路停水三天。\n联系电话：138 0000 0001"), **more)
    return made


def read(made: EmailMessage) -> Any:
    raw = made.as_bytes()
    return mail_read.message_of(mail_read.parsed(raw), raw, now())


def test_a_plain_mail() -> None:
    found = read(letter())
    assert (found.key, found.peer, found.name, found.subject) == ("a1@example.com", "zhang@example.com", "张三", "停水")
    assert found.text == "城关路停水三天。\n联系电话：138 0000 0001" and found.phone == "13800000001"


def test_a_number_that_is_not_named_as_a_telephone_is_none() -> None:
    assert read(letter(text="工单 261127000001，卡号 6222020000000000000")).phone == ""


def test_html_leaves_its_words_alone() -> None:
    page = (
        "<html><head><title>t</title><style>p{color:red}</style></head><body><p>第一行<br>第二行&amp;</p>"
        "<script>alert('x')</script><div style='display: none'>藏<b>起</b>来</div><img src=x onerror=alert(1)>"
        "<table><tr><td>表格</td></tr></table><p>最后</p></body></html>"
    )
    text = mail_read.html_text(page)
    assert [line for line in text.split("\n") if line] == ["第一行", "第二行&", "表格", "最后"]
    made = letter()
    made.set_content(page, subtype="html")
    assert "<" not in read(made).text and "alert" not in read(made).text
    both = letter(text=" \n")
    both.add_alternative("<p>白路镇<b>停电</b>两天了</p>", subtype="html")
    assert read(both).text == "白路镇停电两天了"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_page_is_too_broken_to_read(page: str) -> None:
    mail_read.html_text(f"<div style='display:none'><p>{page}</div>" + page)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_are_too_broken_to_read(raw: bytes) -> None:
    found = mail_read.parsed(raw)
    mail_read.automatic(found, OWN)
    assert mail_read.message_of(found, raw, now()).key


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "utf-8", "x-unknown"])
def test_chinese_letters_arrive_whatever_they_say_they_are(charset: str) -> None:
    words = "己衣镇㐂，发窝乡" if charset != "utf-8" else "彝族𠮷"
    body = words.encode("gb18030" if charset.startswith("g") else "utf-8")
    raw = (b"From: a@b.example\r\nSubject: =?gb2312?B?zaPLrg==?=\r\nContent-Type: text/plain; charset=" +
           charset.encode() + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body)
    found = mail_read.message_of(mail_read.parsed(raw), raw, now())
    assert found.text == words and found.subject == "停水"


def test_files_are_taken_by_part_and_what_is_too_much_is_named() -> None:
    made = letter()
    for place in range(12):
        made.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename=f"材料{place}.pdf")
    found = read(made)
    assert len(found.files) == 10 and found.files[0] == ("材料0.pdf", b"%PDF-1.4 x")
    assert found.lost == ("材料10.pdf", "材料11.pdf") and found.text.startswith("城关路")


def test_a_reply_says_what_is_new_and_what_it_answers() -> None:
    made = letter(
        text="还是没有水。\n\n在 2026-11-27，12345 写道：\n> 已收到您的诉求",
        headers={"In-Reply-To": "<abc.hotline@county.example>", "References": "<x@y> <abc.hotline@county.example>"},
    )
    found = read(made)
    assert found.text == "还是没有水。" and found.refers == ("out:email:abc",)
    assert "写道" in read(letter(text="他在信里\n写道：\n> 保留")).text  # answers nothing of ours: kept whole


@pytest.mark.parametrize(
    "headers",
    [{"Auto-Submitted": "auto-replied"}, {"Auto-Submitted": "auto-generated; x=y"}, {"Precedence": "bulk"},
     {"List-Id": "<l.example>"}, {"Return-Path": "<>"}, {"From": "MAILER-DAEMON@x.example"}, {"From": OWN},
     {"From": "no-reply@x.example"}, {"From": None}, {"X-Autoreply": "yes"}],
)
def test_machines_are_not_answered(headers: dict[str, str | None]) -> None:
    assert mail_read.automatic(mail_read.parsed(letter(headers=headers).as_bytes()), OWN)


def test_people_are() -> None:
    for headers in ({}, {"Auto-Submitted": "no"}, {"Return-Path": "<zhang@example.com>"}, {"From": "noreen@x.example"}):
        assert mail_read.automatic(mail_read.parsed(letter(headers=headers).as_bytes()), OWN) == ""


def test_our_own_answer_is_known_as_a_machines_and_threads() -> None:
    made = mail.mail_of(Letter("out:email:abc", "a@b.example", "停水", "已收到", "261127000001", "email:a1@x"), OWN)
    assert made["In-Reply-To"] == "<a1@x>" and "[12345工单 261127000001]" in made["Subject"]
    assert mail_read.automatic(mail_read.parsed(made.as_bytes()), "other@x.example")
    reply = letter(headers={"In-Reply-To": made["Message-ID"]})
    assert read(reply).refers == ("out:email:abc",)
