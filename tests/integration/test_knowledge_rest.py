"""The knowledge base over REST (R16), and from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from store.migrate import upgrade
from tests.rest_fixture import County, county, form, problem

__all__ = ["county"]
NEW = {"title": "城乡低保怎么申请", "text": "向乡镇人民政府提出书面申请。", "source": "社会救助暂行办法"}


@pytest.mark.asterisk
def test_the_office_writes_and_an_agent_finds(county: County) -> None:
    problem(county["agent"].post("/knowledge", NEW), 403)
    made = county["office"].post("/knowledge", NEW)
    assert made.status == 201 and made.body["state"] == "draft"
    code = made.body["code"]
    assert county["agent"].get("/knowledge/search?q=%E4%BD%8E%E4%BF%9D").body["items"] == []
    problem(county["agent"].get(f"/knowledge/{code}"), 404)
    done = county["office"].post(f"/knowledge/{code}", {"state": "published"}, if_match='"1"')
    assert done.status == 200 and done.headers["ETag"] == '"2"'
    problem(county["office"].post(f"/knowledge/{code}", {"title": "另一个"}, if_match='"1"'), 412)
    (hit,) = county["agent"].get("/knowledge/search?q=%E4%BD%8E%E4%BF%9D").body["items"]
    assert hit["ref"] == f"{code}@2" and {"text": "申请", "found": True} not in hit["snippet"]
    shown = county["water"].get(f"/knowledge/{code}")
    assert [one["version"] for one in shown.body["versions"]] == [2]
    number = county.draft(request_type="consult")
    answered = county.do("agent", number, "answer", result="到乡镇申请", articles=[hit["ref"]])
    assert answered["state"] == "closed"
    (ground,) = county["agent"].get(f"/tickets/{number}/articles").body["items"]
    assert (ground["code"], ground["version"], ground["title"]) == (code, 2, NEW["title"])
    problem(county["water"].get(f"/tickets/{number}/articles"), 404)
    assert county["office"].get(f"/knowledge/{code}").body["answered"] == 1


@pytest.mark.asterisk
def test_tables_go_in_and_out(county: County) -> None:
    data, headers = form([("a.csv", "编号,标题,正文,依据\nx1,一条,正文正文,文件\n".encode())])
    done = county["office"].send("POST", "/knowledge/import", data, headers)
    assert done.body == {"added": 1, "changed": 0, "same": 0}
    assert county["office"].get("/knowledge/export").data.startswith(b"PK")
    assert "x1" in {one["code"] for one in county["office"].get("/knowledge?state=draft&size=200").body["items"]}
    problem(county["agent"].get("/knowledge/export"), 403)


def test_the_command_line_says_everything_as_json(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    upgrade(f"sqlite:///{home / 'hotline.db'}")

    def run(*words: str, code: int = 0) -> dict[str, object]:
        command = [sys.executable, "-m", "hotline.cli", "knowledge", *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, env={"HOTLINE_HOME": str(home), "PATH": ""})
        assert done.returncode == code, done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    assert int(str(run("start")["added"])) >= 20
    hits = run("search", "咨询多久办结")["hits"]
    assert isinstance(hits, list) and hits[0]["code"] == "consult-term"
    made = run("add", "--title", "新条目", "--text", "正文", "--source", "文件", "--state", "published")
    edited = run("edit", str(made["code"]), "--title", "改了", "--version", "1")
    assert edited["version"] == 2 and edited["text"] == "正文"
    assert run("show", str(made["code"]), "--version", "1")["title"] == "新条目"
    assert "error" in run("edit", str(made["code"]), "--title", "又改", "--version", "1", code=1)
    assert "error" in run("show", "nothing", code=1)
    assert run("export", str(tmp_path / "all.xlsx"))["articles"] == int(str(run("start")["same"])) + 1
    assert run("import", str(tmp_path / "all.xlsx"))["changed"] == 0
    articles = run("list", "--size", "3")["articles"]
    assert isinstance(articles, list) and len(articles) == 3
    assert run("expiring") == {"articles": []}
