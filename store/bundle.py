"""A whole hotline in one file: the database and the files beside it, with the sum of each, and back.

The file is a tar: `database` first, then the files under their paths in the home folder, `manifest.json` last. The
database is copied before the files, and files are never changed once they are named in it: every row finds its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from store import backup
from store.errors import StoreError

DATABASE, MANIFEST = "database", "manifest.json"
_CHUNK = 1 << 20
Say = Callable[[int, int], None]  # files and bytes so far


class _Summed:
    """A file read through its SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sum.update(data)
        return data


def save(url: str, home: Path, names: Sequence[str], target: Path, say: Say) -> int:
    """How many files `target` holds beside the database: those of `names`, files and folders of the home folder.

    Raises StoreError; an old file stays.
    """
    if target.exists():
        raise StoreError(f"{target} exists already: give another name")
    part = target.with_name(f"{target.name}.part")
    copy = target.with_name(f"{target.name}.database")
    try:
        backup.backup(url, copy)
        with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
            count = _write(out, home, names, copy, say)
        os.link(part, target)  # unlike a rename it overwrites nothing
    except (OSError, tarfile.TarError) as error:
        raise StoreError(f"no backup was made: {error}") from error
    finally:
        part.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return count


def _write(out: IO[bytes], home: Path, names: Sequence[str], copy: Path, say: Say) -> int:
    manifest: dict[str, str] = {}
    done = 0
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, path in [(DATABASE, copy), *_found(home, names)]:
            with path.open("rb") as file:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = os.fstat(file.fileno()).st_size, 0o600
                summed = _Summed(file)
                archive.addfile(entry, summed)
            manifest[name] = summed.sum.hexdigest()
            done += entry.size
            say(len(manifest), done)
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(text), 0o600
        archive.addfile(entry, BytesIO(text))
    return len(manifest) - 1


def _found(home: Path, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    for name in names:
        place = home / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(home).as_posix(), path


def is_bundle(source: Path) -> bool:
    """Whether the file is one of ours; a database alone is not."""
    return source.is_file() and tarfile.is_tarfile(source)


def restore(url: str, home: Path, names: Sequence[str], source: Path, say: Say) -> tuple[int, Path | None]:
    """How many files came back, and where the old database lies (see backup.restore).

    Everything is unpacked and its sums are checked before anything is changed. A file that is there already stays.
    Raises StoreError.
    """
    with tempfile.TemporaryDirectory(prefix="restore-", dir=home) as folder:
        fresh = Path(folder)
        try:
            found = _unpack(source, fresh, names, say)
            before = backup.restore(url, fresh / DATABASE)
            return sum(_put(fresh / name, home / name) for name in found), before
        except (OSError, tarfile.TarError, ValueError) as error:
            raise StoreError(f"{source} cannot be restored: {error}") from error


def _unpack(source: Path, folder: Path, names: Sequence[str], say: Say) -> list[str]:
    sums: dict[str, str] = {}
    done = 0
    with tarfile.open(source, mode="r:") as archive:
        for entry in archive:
            _check(entry, names)
            place = folder / entry.name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = archive.extractfile(entry)
            assert file is not None
            summed = _Summed(file)
            with open(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                shutil.copyfileobj(summed, out, _CHUNK)
            sums[entry.name] = summed.sum.hexdigest()
            done += entry.size
            say(len(sums), done)
    told = json.loads((folder / MANIFEST).read_bytes()) if sums.pop(MANIFEST, "") else None
    if told != sums or DATABASE not in sums:
        raise StoreError(f"{source} is damaged: what is in it is not what it says; nothing was restored")
    return [name for name in sums if name != DATABASE]


def _check(entry: tarfile.TarInfo, names: Sequence[str]) -> None:
    path = PurePosixPath(entry.name)
    known = entry.name in (DATABASE, MANIFEST) or any(path == PurePosixPath(n) or path.is_relative_to(n) for n in names)
    if not entry.isreg() or path.is_absolute() or ".." in path.parts or not known:
        raise StoreError(f"{entry.name[:80]!r} has no place in a backup; nothing was restored")


def _put(fresh: Path, place: Path) -> bool:
    if place.exists():
        return False
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.replace(fresh, place)
    return True
