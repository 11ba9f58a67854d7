"""Which of the machine's apt sources is Debian's own, and which key ring signs it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_conf.private_apt import InstallError, Source, debian_source, keyring_of, read_sources
from tests.unit.pretended_debian import script

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
    assert debian_source(tmp_path, "bookworm").uri == "http://mirror.example/debian/"
    with pytest.raises(InstallError, match="no Debian mirror"):
        debian_source(tmp_path, "trixie")


def test_the_key_ring_is_the_sources_own_else_the_distributions(tmp_path: Path) -> None:
    own, default = tmp_path / "own.gpg", tmp_path / "default.gpg"
    own.write_text("k")
    default.write_text("k")
    source = Source("http://mirror.example/debian", "bookworm", ("main",), str(own))
    inline = Source("http://mirror.example/debian", "bookworm", ("main",), "-----BEGIN PGP")
    assert keyring_of(source, [str(default)]) == str(own)
    assert keyring_of(inline, [str(tmp_path / "none.gpg"), str(default)]) == str(default)
    with pytest.raises(InstallError, match="apt-get install debian-archive-keyring"):
        keyring_of(inline, [str(tmp_path / "none.gpg")])
