"""`hotline speech`, and the recogniser's guard against what would stop vosk."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from hotline.cli import main
from speech import install
from speech.errors import SpeechError
from speech.recognise import NEEDED, Recogniser, _usable


def hotline(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    code = main(["speech", *words])
    said = capsys.readouterr()
    return code, said.out + said.err


@pytest.fixture
def not_a_model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"no model")
    return folder


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for file in folder.rglob("*"):
            archive.write(file, f"inner/{file.relative_to(folder)}")
    return target


def test_a_model_comes_from_a_folder_or_a_zip_file_with_one_in_it(tmp_path: Path, not_a_model: Path) -> None:
    packed = zipped(not_a_model, tmp_path / "m.zip")
    for source in (str(not_a_model), str(packed)):
        install.fetch(source, tmp_path / "new", "")
        assert all((tmp_path / "new" / name).is_file() for name in NEEDED)


def test_a_sum_that_differs_is_refused(tmp_path: Path, not_a_model: Path) -> None:
    packed = zipped(not_a_model, tmp_path / "vosk-model-small-cn-0.22.zip")
    with pytest.raises(SpeechError, match="has the sum"):
        install.fetch(str(packed), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    install.fetch(str(packed), tmp_path / "new", hashlib.sha256(packed.read_bytes()).hexdigest())
    assert (tmp_path / "new").is_dir()


@pytest.mark.parametrize("source", ["gone", "ftp://host/model.zip", "empty", "rubbish.zip"])
def test_what_is_no_model_is_named(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "rubbish.zip").write_bytes(b"PK no")
    with pytest.raises(SpeechError, match=source):
        install.fetch(source if "://" in source else str(tmp_path / source), tmp_path / "new")


def test_a_missing_file_and_a_missing_model_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_SPEECH_MODEL", str(tmp_path / "nowhere"))
    code, said = hotline(tmp_path, monkeypatch, capsys, "check", "no.wav", "--question", "satisfied")
    assert (code, said.count("\n")) == (1, 1)
    assert "is not a vosk model" in said
    code, said = hotline(tmp_path, monkeypatch, capsys, "install", str(tmp_path / "nowhere"))
    assert code == 1
    assert "is neither a folder nor a file" in said


def test_an_unknown_question_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        hotline(tmp_path, monkeypatch, capsys, "check", "no.wav", "--question", "weather")
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pcm", "why"),
    [(b"", "empty"), (b"\1", "half a sample"), (b"\0\1" * 400, "too short"), (b"\0\0" * 8000, "silent"),
     (b"\xff\x7f\x01\x80" * 8000, "clipped throughout"), (b"\0\x10" * 8000 * 30, "too long")],
)
def test_what_holds_no_answer_never_reaches_vosk(pcm: bytes, why: str) -> None:
    assert _usable(pcm) == b"", why


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert len(_usable(b"\0\x10" * 8000 + b"\1")) == 16000


def test_a_folder_without_a_model_is_refused_before_vosk_sees_it(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "model", ignore_errors=True)
    with pytest.raises(SpeechError, match="hotline speech install"):
        Recogniser(tmp_path / "model")
