"""Which of the machine's apt sources is the distribution's own, and which key ring signs it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_conf.install import DISTRIBUTIONS
from asterisk_conf.private_apt import Distribution, InstallError, Source, keyring_of, own_source, read_sources
from tests.unit.pretended_debian import script

DEBIAN, UBUNTU = DISTRIBUTIONS["debian"], DISTRIBUTIONS["ubuntu"]

DEB822 = """# the distribution
Types: deb deb-src
URIs: http://mirror.example/debian
# a comment inside
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""


def test_deb822_sources_are_read(tmp_path: Path) -> None:
    script(tmp_path / "sources.list.d/debian.sources", DEB822)
    first, second, third = read_sources(tmp_path)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    assert first == Source("http://mirror.example/debian", "bookworm", ("main", "contrib"), keyring)
    assert second == Source("http://mirror.example/debian", "bookworm-updates", ("main", "contrib"), keyring)
    assert (third.uri, third.suite) == ("mirror+file:///etc/apt/mirrors/debian.list", "trixie")
    assert third.signed_by.startswith("-----BEGIN PGP")


def test_one_line_sources_are_read(tmp_path: Path) -> None:
    script(
        tmp_path / "sources.list",
        "# deb http://old.example/debian bookworm main\n"
        "deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n"
        "deb-src http://mirror.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # ours\n",
    )
    script(tmp_path / "sources.list.d/x.list", "deb https://x.example/apt x main\n")
    assert read_sources(tmp_path) == [
        Source("http://mirror.example/debian", "bookworm", ("main", "contrib"), "/k.gpg"),
        Source("https://x.example/apt", "x", ("main",), ""),
    ]


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12).filter(lambda w: w[0] != "-")
SOURCES = st.lists(
    st.builds(
        Source,
        uri=WORD.map(lambda host: f"http://{host}.example/debian"),
        suite=WORD,
        components=st.lists(WORD, min_size=1, max_size=3).map(tuple),
        signed_by=st.one_of(st.just(""), WORD.map(lambda name: f"/keys/{name}.gpg")),
    ),
    max_size=5,
)


@given(SOURCES)
def test_both_forms_say_the_same(tmp_path_factory: pytest.TempPathFactory, sources: list[Source]) -> None:
    old, new = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("new")
    lines = [
        " ".join(["deb", *([f"[signed-by={s.signed_by}]"] if s.signed_by else []), s.uri, s.suite, *s.components])
        for s in sources
    ]
    stanzas = [
        f"Types: deb\nURIs: {s.uri}\nSuites: {s.suite}\nComponents: {' '.join(s.components)}\n"
        + (f"Signed-By: {s.signed_by}\n" if s.signed_by else "")
        for s in sources
    ]
    script(old / "sources.list", "\n".join(lines))
    script(new / "sources.list.d/debian.sources", "\n".join(stanzas))
    assert read_sources(old) == read_sources(new) == sources


def test_debians_own_source_is_chosen_not_a_third_partys(tmp_path: Path) -> None:
    script(
        tmp_path / "sources.list.d/a.list",
        "deb [signed-by=/k/other.gpg] https://vendor.example/debian/12/prod bookworm main\n"
        "deb https://packages.example/apt bookworm stable\n"
        "deb [signed-by=/k/debian-archive-keyring.gpg] http://mirror.example/debian-security "
        "bookworm-security main\n"
        "deb [signed-by=/k/debian-archive-keyring.gpg] http://mirror.example/debian/ bookworm main\n",
    )
    assert own_source(tmp_path, DEBIAN, "bookworm").uri == "http://mirror.example/debian/"
    with pytest.raises(InstallError, match="no Debian mirror"):
        own_source(tmp_path, DEBIAN, "trixie")


def test_ubuntus_asterisk_is_in_universe(tmp_path: Path) -> None:
    keyring = "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
    script(
        tmp_path / "sources.list.d/ubuntu.sources",
        "Types: deb\nURIs: http://mirror.example/ubuntu/\nSuites: noble noble-updates\n"
        f"Components: main universe restricted\nSigned-By: {keyring}\n\n"
        f"Types: deb\nURIs: http://security.example/ubuntu/\nSuites: noble-security\nComponents: main universe\n"
        f"Signed-By: {keyring}\n",
    )
    foreign = "deb [signed-by=/k/v.gpg] https://vendor.example/ubuntu noble universe\n"
    script(tmp_path / "sources.list.d/a.list", foreign)
    chosen = own_source(tmp_path, UBUNTU, "noble")
    assert (chosen.uri, chosen.suite) == ("http://mirror.example/ubuntu/", "noble")
    (tmp_path / "sources.list.d/ubuntu.sources").unlink()
    with pytest.raises(InstallError, match="no Ubuntu mirror with universe"):
        own_source(tmp_path, UBUNTU, "noble")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The key rings of the distribution, which the test may name."""
    rings: list[str] = []
    monkeypatch.setattr(Distribution, "keyrings", property(lambda _self: tuple(rings)))
    return rings


def test_the_key_ring_is_the_sources_own_else_the_distributions(tmp_path: Path, elsewhere: list[str]) -> None:
    own, default = tmp_path / "own.gpg", tmp_path / "default.gpg"
    own.write_text("k")
    default.write_text("k")
    elsewhere += [str(tmp_path / "none.gpg"), str(default)]
    source = Source("http://mirror.example/debian", "bookworm", ("main",), str(own))
    inline = Source("http://mirror.example/debian", "bookworm", ("main",), "-----BEGIN PGP")
    assert keyring_of(source, DEBIAN) == str(own)
    assert keyring_of(inline, DEBIAN) == str(default)
    default.unlink()
    for wanted in (DEBIAN, UBUNTU):
        with pytest.raises(InstallError, match=f"apt-get install {wanted.keyring}"):
            keyring_of(inline, wanted)
