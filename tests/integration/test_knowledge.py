"""The knowledge base (R16) on both databases: versions, Chinese search, expiry, answers linked to articles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from store.base import now
from store.engine import Store
from tickets.access import Action, Actor, Role
from tickets.errors import Conflict, Forbidden, ImportRefused, Invalid, NotFound
from tickets.intake import Submission, receive
from tickets.knowledge import articles, expiry, sheet
from tickets.knowledge.links import answered_from, grounds_of
from tickets.knowledge.listing import Chosen, everything, listed
from tickets.knowledge.search import find
from tickets.knowledge.terms import ArticleState, Expiry
from tickets.service import act, history
from tickets.terms import Channel

OFFICE = Actor("office", Role.COUNTY_ADMIN)
AGENT = Actor("agent", Role.AGENT)
TODAY = date(2026, 11, 27)
LOW = {"title": "城乡低保怎么申请", "text": "向户籍所在地的乡镇人民政府提出书面申请，带上身份证和户口簿。",
       "source": "社会救助暂行办法", "state": "published"}
CARD = {"title": "身份证丢失补领", "text": "到任一派出所户籍窗口申请补领居民身份证，低保户免收工本费。",
        "source": "居民身份证法", "state": "published"}


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.begin() as one:
        yield one


def add(session: Session, **given: Any) -> articles.Article:
    return articles.add(session, LOW | given, by=OFFICE, at=now())


def titles(session: Session, words: str, **more: Any) -> list[str]:
    return [hit.title for hit in find(session, words, today=TODAY, **more).hits]


def test_words_are_found_where_they_are_said_and_titles_come_first(session: Session) -> None:
    add(session)
    add(session, **CARD)
    assert titles(session, "低保") == [LOW["title"], CARD["title"]]
    assert titles(session, "请问身份证丢了怎么补领？") == [CARD["title"]]
    assert titles(session, "身份证到期换领") == [CARD["title"], LOW["title"]]  # some of the words
    assert titles(session, "补领身份证") == [CARD["title"]]
    assert titles(session, "户籍窗口") == [CARD["title"]]
    assert titles(session, "ＩＤ卡") == []
    assert titles(session, "停水怎么办") == []  # how one asks says nothing
    found = find(session, "书面申请", today=TODAY)
    assert (found.whole and ("书面", True) in found.hits[0].snippet) or ("书面申请", True) in found.hits[0].snippet


@pytest.mark.parametrize("words", ["", "  ", "？！", "\"' OR 1=1 --", "AND", "*:*", "a' | 'b"])
def test_no_words_are_refused_and_no_word_is_a_command(session: Session, words: str) -> None:
    add(session)
    try:
        assert titles(session, words) == []
    except Invalid as error:
        assert "要找的字词" in str(error)


def test_a_draft_is_not_found_and_the_version_in_force_stays_until_another_is_published(session: Session) -> None:
    first = add(session)
    articles.edit(session, first.code, {"text": "改为网上申请。", "state": "draft"}, by=OFFICE, at=now())
    assert find(session, "低保", today=TODAY).hits[0].version == 1
    assert articles.get(session, first.code, by=AGENT).version == 1
    assert articles.get(session, first.code, by=OFFICE).version == 2
    with pytest.raises(NotFound):
        articles.get(session, first.code, 2, by=AGENT)
    articles.edit(session, first.code, {"state": "published"}, by=OFFICE, at=now())
    assert find(session, "网上申请", today=TODAY).hits[0].version == 3
    assert articles.get(session, first.code, 1, by=AGENT).text == LOW["text"]
    assert [one.version for one in articles.versions(session, first.code, by=AGENT)] == [3, 1]
    articles.edit(session, first.code, {"state": "withdrawn"}, by=OFFICE, at=now())
    assert titles(session, "低保") == []
    with pytest.raises(NotFound):
        articles.get(session, first.code, by=AGENT)


def test_what_is_not_valid_today_is_not_found(session: Session) -> None:
    add(session, valid_from="2026-12-01")
    add(session, valid_until="2026-11-26")
    add(session, title="今天有效", valid_from="2026-11-27", valid_until="2026-11-27")
    assert titles(session, "低保 申请") == ["今天有效"]


def test_only_the_office_writes_and_nobody_overwrites(session: Session) -> None:
    with pytest.raises(Forbidden):
        articles.add(session, LOW, by=AGENT, at=now())
    made = add(session)
    with pytest.raises(Conflict):
        articles.edit(session, made.code, {"title": "另一个"}, by=OFFICE, at=now(), version=2)
    with pytest.raises(Invalid):
        articles.edit(session, made.code, {}, by=OFFICE, at=now())
    with pytest.raises(Invalid):
        add(session, valid_from="2027-02-01", valid_until="2027-01-01")
    with pytest.raises(Invalid):
        add(session, unit="nowhere")


def test_what_runs_out_is_found_by_a_sweep_that_reads_nothing_else(session: Session) -> None:
    at = now()
    today = at.date()
    for days in (10, 100, -1):
        add(session, title=f"{days}天", valid_until=(today + timedelta(days=days)).isoformat())
    add(session, title="长期")
    assert expiry.sweep(session, today, 30) == 3 and expiry.sweep(session, today, 30) == 0
    assert [(one.title, one.expiry) for one in expiry.expiring(session)] == [
        ("-1天", Expiry.OVER), ("10天", Expiry.SOON)]
    assert expiry.count_expiring(session) == 2
    assert expiry.sweep(session, today + timedelta(days=70), 30) == 2
    assert [one.expiry for one in expiry.expiring(session)] == [Expiry.OVER, Expiry.OVER, Expiry.SOON]
    soon = expiry.expiring(session)[-1]
    articles.edit(session, soon.code, {"valid_until": ""}, by=OFFICE, at=at)
    assert expiry.count_expiring(session) == 2
    assert [one.title for one in listed(session, Chosen(expiring=True), by=OFFICE).rows] == ["-1天", "10天"]


def test_a_direct_answer_is_linked_to_the_version_it_was_given_from(session: Session) -> None:
    """R16: what was answered from stays what it was, though the article has changed since."""
    made = add(session)
    number = receive(session, Submission(Channel.PHONE, now(), phone="13800000001")).number
    given = {"request_type": "consult", "subject": "低保", "result": "到乡镇申请", "articles": [made.code, made.code]}
    with pytest.raises(Invalid):
        act(session, number, Action.ANSWER, by=AGENT, **given | {"articles": ["k999"]})
    act(session, number, Action.ANSWER, by=AGENT, **given)
    articles.edit(session, made.code, {"text": "都改了。"}, by=OFFICE, at=now())
    (ground,) = grounds_of(session, number)
    assert (ground.code, ground.version, ground.newest, ground.action) == (made.code, 1, 2, "answer")
    assert answered_from(session, made.code) == (1, [number])
    assert history(session, number)[-1]["detail"]["articles"] == [f"{made.code}@1"]


def test_lists_follow_the_key(session: Session) -> None:
    ends = ["2027-01-01", "", "2026-12-01", "2027-01-01"]
    for place, end in enumerate(ends):
        add(session, title=f"第{place}条", valid_until=end)
    for chosen in (Chosen(), Chosen(by_end=True)):
        whole = [one.title for one in listed(session, chosen, by=OFFICE).rows]
        pages, after = list[str](), ""
        while True:
            page = listed(session, chosen, by=OFFICE, size=1, after=after)
            pages += [one.title for one in page.rows]
            if page.after is None:
                break
            after = page.after
        assert pages == whole and len(whole) == 4
    assert whole == ["第2条", "第0条", "第3条", "第1条"]
    assert listed(session, Chosen(state=ArticleState.DRAFT), by=OFFICE).rows == ()


def test_a_table_goes_out_and_comes_back_the_same(session: Session, tmp_path: Path) -> None:
    add(session, title="=1+1 不是公式", valid_until="2027-01-01")
    file = tmp_path / "knowledge.xlsx"
    file.write_bytes(sheet.written(everything(session)))
    assert sheet.load(session, file, by=OFFICE, at=now()) == sheet.Loaded(same=1)
    bad = tmp_path / "bad.csv"
    bad.write_text("标题,正文,依据\n好的,正文正文,依据依据\n,没有标题,依据\n", encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        sheet.load(session, bad, by=OFFICE, at=now())
    assert [row.row for row in refused.value.rows] == [3]


def test_the_shipped_articles_answer_what_citizens_ask(session: Session) -> None:
    done = sheet.start(session, by=OFFICE, at=now())
    assert done.added >= 20 and sheet.start(session, by=OFFICE, at=now()) == sheet.Loaded(same=done.added)
    for words, code in (
        ("投诉要多久才能办完", "resolve-term"), ("回访电话", "callback"), ("怎么查进度", "query-progress"),
        ("可以保密吗", "confidential"), ("着火了打什么电话", "emergency"), ("我想催办", "urge"),
    ):
        assert code in [hit.code for hit in find(session, words, today=TODAY).hits][:3], words
