"""Questionnaires as data: branches, versions, and words that cannot be taken for their opposite (R38, R45)."""

from __future__ import annotations

import itertools
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydub.generators import Sine

from callback_survey import posted, versions
from callback_survey.errors import QuestionnaireError
from callback_survey.faults import faults, sound
from callback_survey.questionnaire import SHIPPED, Question, shipped
from callback_survey.tables import QuestionnaireRow
from hotline import surveys
from hotline.cli import main
from hotline.errors import HotlineError
from speech import make, voices
from speech.catalogue import wording_prompt
from store import migrate
from store.base import now
from store.engine import Store

ASKED = [(name, question) for name in SHIPPED for question in shipped(name).questions if question.choices]
NEGATIONS = ("不", "没", "没有", "未", "不是", "并不", "非")
each = pytest.mark.parametrize(
    ("name", "question"), ASKED, ids=[f"{name}-{question.name}" for name, question in ASKED]
)
TEXT = shipped("poll").text
SHIPPED_TEXTS = {
    ("callback", "3"): "cfd8372890ca1059000e422d45c3c3cf777a5eb3b0e4157dea5d66ca603f5252",
    ("rating", "1"): "bad1a79c8f44acfb9add8742f82aec2deadc241406f12929a2317fe57bf71522",
    ("poll", "1"): "596a0172cc6510124a18ed89f50b033e7f43d44df120331ed75d749ad66620f2",
}


def meaning(question: Question, text: str) -> str | None:
    """The value of a whole phrase."""
    return next((value for value, said in question.words(agent=True).items() if text in said), None)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_can_be_asked(name: str) -> None:
    assert list(faults(shipped(name))) == []


@each
def test_r38_no_phrase_means_two_things(name: str, question: Question) -> None:
    said = [phrase for phrases in question.words(agent=True).values() for phrase in phrases]
    assert len(said) == len(set(said))


@each
def test_r38_negation_is_never_inverted(name: str, question: Question) -> None:
    """A phrase with a negation before it is another answer's phrase or nothing, never the phrase without it."""
    for value, phrases in question.words(agent=True).items():
        for phrase, negation in itertools.product(phrases, NEGATIONS):
            denied = meaning(question, negation + phrase)
            assert denied is None or denied != value, f"{negation}{phrase}"


@each
def test_a_positive_phrase_inside_a_longer_one_does_not_count(name: str, question: Question) -> None:
    words = question.words(agent=True)
    for (value, phrases), (other, others) in itertools.permutations(words.items(), 2):
        for phrase, longer in itertools.product(phrases, others):
            if phrase in longer:
                assert meaning(question, longer) == other != value


def test_every_key_may_be_spoken() -> None:
    question = shipped("callback").question("satisfied")
    assert [meaning(question, digit) for digit in "一二三四五"] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('name = "poll"', 'name = "Poll 1"', "small letters"),
        ('"poll_intro"', '"no_such_prompt"', "no prompt 'no_such_prompt'"),
        ('next = "county"', 'next = "known"', "which is no later question"),
        ('end = "refused"', 'end = "gone"', "no ending 'gone'"),
        ('unanswered = "unheard"', 'unanswered = ""', "no ending ''"),
        ('key = "2"', 'key = "1"', "key 1 twice"),
        ('key = "2"', 'key = "9"', "key '9' is not one of"),
        ('value = "no"', 'value = "yes"', "value yes twice"),
        ('value = "no"', 'value = "danger"', "cannot be kept"),
        ('"不愿意"', '"愿意"', "'愿意' means two things"),
        ('"不愿意"', '"救命"', "'救命' means two things"),
        ('"不愿意"', '"no"', "'no' is not a phrase"),
        ('disposition = "surveyed"', 'disposition = "done"', "no disposition 'done'"),
        ('name = "used"', 'name = "known"', "two questions known"),
        ('name = "used"', 'name = "used"\naside = true', "no answer leads to it"),
        ("patient = true", 'patient = "perhaps', "not valid TOML"),
        ('title = "政务服务民意调查"', 'title = "x"\ncolour = 3', "not a questionnaire"),
        ("[endings]", "[ends]", "is missing"),
        ("again = ", "other = ", "not a questionnaire"),
        ('prompts = ["poll_known"]', "prompts = 3", "not a questionnaire"),
        ('key = "2"', "key = 2", "wrong type"),
        ('name = "county"', 'name = "county"\nrecord = 5', "either choices or a record"),
        ('"poll_known"', '"您知道 hotline 吗？"', "not a sentence that can be read"),
    ],
)
def test_a_faulty_text_is_refused_and_says_why(before: str, after: str, why: str) -> None:
    assert before in TEXT
    with pytest.raises(QuestionnaireError, match=why):
        sound(TEXT.replace(before, after, 1))


@given(st.text(max_size=200) | st.sampled_from(TEXT.splitlines()).map(lambda line: TEXT.replace(line, "", 1)))
def test_any_text_is_a_questionnaire_or_refused(text: str) -> None:
    try:
        assert list(faults(sound(text))) == []
    except QuestionnaireError as error:
        assert str(error)


def test_an_edited_text_is_a_new_version_and_the_old_ones_stay(store: Store) -> None:
    edited = TEXT.replace("民意调查", "满意度调查", 1)
    with store.begin() as session:
        versions.keep_shipped(session)
        assert versions.add(session, TEXT).version == "1", "nothing has changed"
        assert [versions.add(session, text).version for text in (edited, edited, TEXT)] == ["1.1", "1.1", "1.2"]
    with store.begin() as session:
        versions.keep_shipped(session)
        assert versions.in_force(session)["poll"].version == "1.2"
        assert versions.in_force(session)["callback"] == shipped("callback")
        assert versions.by_version(session, "poll", "1.1").text == edited
        assert versions.by_version(session, "poll", "1").text == TEXT
        marks = [(row["version"], row["own"], row["in_force"]) for row in versions.listed(session)
                 if row["name"] == "poll"]
        assert marks == [("1", False, False), ("1.1", True, False), ("1.2", True, True)]
        for version in ("2", "1.3"):
            with pytest.raises(QuestionnaireError, match="no questionnaire"):
                versions.by_version(session, "poll", version)


def test_a_text_that_is_no_longer_understood_is_passed_over(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with store.begin() as session:
        versions.add(session, TEXT.replace("民意调查", "满意度调查", 1))
        for name in ("poll", "old"):
            row = QuestionnaireRow(name=name, version="9.9", text="colour = 3", own=True, added_at=now())
            session.add(row)
    with store.begin() as session:
        assert {name: one.version for name, one in versions.in_force(session).items()} == {
            "callback": "3", "rating": "1", "poll": "1.1",
        }  # fmt: skip
        assert [row["in_force"] for row in versions.listed(session)] == [False, True, False]
    assert "questionnaire poll 9.9 is not asked" in caplog.text


def test_what_is_shipped_as_a_version_never_changes() -> None:
    """An edited text needs another `version` (and a line here): answers in databases name the old one."""
    digests = {(name, shipped(name).version): sha256(shipped(name).text.encode()).hexdigest() for name in SHIPPED}
    assert digests == SHIPPED_TEXTS


def test_r45_a_questionnaire_of_ones_own_needs_no_code(store: Store) -> None:
    with store.begin() as session:
        made = versions.add(session, TEXT.replace('name = "poll"', 'name = "third-party"', 1))
        assert (made.name, made.version) == ("third-party", "0.1")
        assert versions.in_force(session)["third-party"] == made


def test_r45_its_own_sentences_are_prompts_by_their_words() -> None:
    sentence = "您对村里的路灯是否满意？满意请按1，不满意请按2。"
    made = sound(TEXT.replace('"poll_known"', f'"{sentence}"', 1))
    assert made.wordings == {wording_prompt(sentence): sentence}
    assert made.question("known").prompts == (wording_prompt(sentence),)
    assert shipped("poll").wordings == {}


def test_r45_a_questionnaire_with_sentences_of_its_own_is_in_force_once_they_have_a_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    migrate.upgrade(f"sqlite:///{tmp_path / 'hotline.db'}")
    file = tmp_path / "lights.toml"
    sentence = "您对村里的路灯是否满意？满意请按1，不满意请按2。"
    file.write_text(TEXT.replace('"poll_known"', f'"{sentence}"').replace('name = "poll"', 'name = "lights"'), "utf-8")
    assert main(["questionnaire", "add", str(file)]) == 1
    assert f"no sound yet for: {wording_prompt(sentence)} {sentence}" in capsys.readouterr().err
    monkeypatch.setattr(voices, "voice", lambda _name, _folder: lambda _text, _pace: Sine(440).to_audio_segment(2000))
    assert main(["questionnaire", "add", str(file), "--voice", "any", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "0.1"
    assert (tmp_path / "prompts" / f"{wording_prompt(sentence)}.wav").exists()
    assert wording_prompt(sentence) in make.install(tmp_path / "sounds", overrides=tmp_path / "prompts")
    assert main(["questionnaire", "show", "lights"]) == 0
    assert capsys.readouterr().out == file.read_text("utf-8")
    assert main(["questionnaire", "list"]) == 0
    assert "lights       0.1      in force  own" in capsys.readouterr().out


def test_scripts_ask_what_the_service_has_posted(tmp_path: Path) -> None:
    assert posted.asked(tmp_path, "poll") == shipped("poll")
    (tmp_path / "run").mkdir()
    (tmp_path / f"{posted.FILE}poll").write_text(posted.text(sound(TEXT, "1.1")), encoding="utf-8")
    assert posted.asked(tmp_path, "poll").version == "1.1"
    with pytest.raises(QuestionnaireError):
        posted.asked(tmp_path, "../../etc/passwd")


def test_nobody_is_called_about_what_the_service_does_not_know_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, said = tmp_path / "questionnaire-poll", list[str]()
    monkeypatch.setattr(surveys, "_KNOWN_WITHIN", 0.0)
    file.write_text("old", encoding="utf-8")
    with pytest.raises(HotlineError, match="nothing was dialled"):
        surveys._known(file, "new", said.append)
    file.write_text("new", encoding="utf-8")
    surveys._known(file, "new", said.append)
    assert said == []
