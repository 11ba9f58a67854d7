"""Takes a vosk model from a folder, a zip file or an address, and checks the sum of the one that is known."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import urllib.request
import zipfile
from pathlib import Path

from speech.errors import SpeechError
from speech.recognise import NEEDED

KNOWN = {"vosk-model-small-cn-0.22.zip": "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba"}
"""SHA-256 of models that counties use, by file name."""

_LARGEST = 4 << 30


def fetch(source: str, target: Path, sha256: str = "") -> None:
    """Puts the model of `source` into the folder `target`. Raises SpeechError when it is none, or its sum differs."""
    shutil.rmtree(target, ignore_errors=True)
    if Path(source).is_dir():
        shutil.copytree(_found(Path(source), source), target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        file = _downloaded(source, Path(scratch)) if "://" in source else Path(source)
        if not file.is_file():
            raise SpeechError(f"{source} is neither a folder nor a file")
        _check_sum(file, sha256 or KNOWN.get(file.name, ""))
        _unpack(file, Path(scratch) / "model")
        shutil.move(_found(Path(scratch) / "model", source), target)


def _downloaded(address: str, folder: Path) -> Path:
    if not address.startswith(("https://", "http://")):
        raise SpeechError(f"{address}: only http and https addresses are fetched")
    file = folder / (address.rpartition("/")[2].partition("?")[0] or "model.zip")
    try:
        with urllib.request.urlopen(address, timeout=60) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, ValueError) as error:
        raise SpeechError(f"{address} cannot be fetched: {error}") from error
    return file


def _check_sum(file: Path, wanted: str) -> None:
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if wanted and found != wanted.lower():
        raise SpeechError(f"{file.name} has the sum {found}, not {wanted}: fetch it again")


def _unpack(file: Path, target: Path) -> None:
    """Members that would leave the folder are put inside it by zipfile itself."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST:
                raise SpeechError(f"{file.name} is too large for a model")
            archive.extractall(target)
    except (zipfile.BadZipFile, OSError) as error:
        raise SpeechError(f"{file.name} is not a zip file that can be read: {error}") from error


def _found(folder: Path, source: str) -> Path:
    """The folder itself or the one folder in it (as zip files have it)."""
    for place in (folder, *sorted(inner for inner in folder.iterdir() if inner.is_dir())):
        if all((place / name).is_file() for name in NEEDED):
            return place
    raise SpeechError(f"{source} holds no vosk model (no {NEEDED[0]})")
