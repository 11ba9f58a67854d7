"""The supervisors' page on a busy floor: how soon it shows an event, 200 browsers, memory after an hour's news."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench import busy_floor, gauge
from bench.busy_floor import Busy
from bench.floor_site import NAME, PASSWORD
from bench.gauge import median, percentile
from bench.manager_server import serving
from bench.report import BenchError, Findings, Row, Say
from bench.scale import Scale

_BROWSERS = 200
_FILLING = 3.0  # seconds until calls come, go and are answered
_LONGEST = 150.0  # seconds that a page is told old news
_RATE = 2  # messages a second that a page is told over an hour; five at most
_HOUR = 3600 * _RATE
_PARTS = (0.1, 0.25, 0.5, 1.0)  # of the hour, after which its memory is looked at
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--js-flags=--expose-gc"]
# A caller's row is named after the moment of the event.
_WATCH = """() => {
  window.late = [];
  const seen = new Set();
  new MutationObserver((changes) => {
    for (const change of changes) for (const { dataset: { key } } of change.addedNodes) {
      if (!seen.has(key)) window.late.push(Date.now() / 1000 - parseFloat(key));
      seen.add(key);
    }
  }).observe(document.querySelector("#waiting tbody"), { childList: true });
}"""


def run(scale: Scale, say: Say) -> Findings:
    """Latencies from the event to the page, and what it costs."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return Findings(left_out="no Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            # The floor is busy for as long as everything takes: the page, then the page among the other browsers.
            busy = Busy(3 * scale.watched + 40)
            with serving(busy_floor.answers, busy.speak, at_once=True) as port, _site(port, Path(folder)) as site:
                return _watched(site, browser, scale, say)
        finally:
            browser.close()


class _Site:
    """The process of the pages."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.address = process, f"http://127.0.0.1:{port}"

    def cpu(self) -> float:
        return gauge.cpu(self.process.pid).own


@contextmanager
def _site(port: int, folder: Path) -> Iterator[_Site]:
    command = [sys.executable, "-m", "bench.floor_site", str(port), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.strip().isdigit():
                raise BenchError("the pages did not start")
            yield _Site(process, int(line))
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _watched(site: _Site, browser: Browser, scale: Scale, say: Say) -> Findings:
    page, cookie = _logged_in(site, browser)
    time.sleep(_FILLING)
    alone, cost = _page(page, site, scale.watched)
    say(f"one page: {len(alone)} callers shown, p95 {percentile(alone, 0.95):.3f} s")
    before, began = site.cpu(), time.monotonic()
    told = _others(site, cookie, scale.watched)
    crowd = (site.cpu() - before) / (time.monotonic() - began)
    say(f"{_BROWSERS} more: {told['messages']} messages, p95 {told['p95']:.3f} s")
    if not alone or not told["seen"]:
        raise BenchError("nobody was seen to wait")
    heap = _an_hour(site, page, cookie, scale, say)
    return Findings(
        rows=[
            Row("from the event to the page in Chromium, p95", percentile(alone, 0.95), "s", most=0.5),
            Row("the same, median", median(alone), "s"),
            Row("CPU of the service for one page", 100 * cost, "% of a core"),
            Row(f"from the event to {_BROWSERS} browsers, p95", told["p95"], "s", most=0.5),
            Row("browsers that were cut off", told["cut"], most=0),
            Row(f"CPU of the service for {_BROWSERS} browsers", 100 * crowd, "% of a core"),
            Row("what a browser is sent", told["bytes"] / _BROWSERS / scale.watched / 1024, "KiB/s"),
            *heap,
        ],
        remarks=[
            f"{len(busy_floor.QUEUES)} queues, {len(busy_floor.AGENTS)} agents, {busy_floor.RATE} calls/s, one link; "
            "the bench's own processes share the machine",
        ],
    )


def _logged_in(site: _Site, browser: Browser) -> tuple[Page, str]:
    context = browser.new_context(base_url=site.address, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("账号").fill(NAME)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto("/supervisor")
    page.locator("#agents tbody tr").first.wait_for()
    return page, "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())


def _page(page: Page, site: _Site, seconds: float) -> tuple[list[float], float]:
    """Seconds from each caller's event to the row on the page, and the service's share of a core meanwhile."""
    page.evaluate(_WATCH)
    before = site.cpu()
    page.wait_for_timeout(seconds * 1000)
    cost = (site.cpu() - before) / seconds
    late: list[float] = page.evaluate("window.late")
    return late, cost


def _others(site: _Site, cookie: str, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.watchers", site.address, cookie, str(_BROWSERS), str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=seconds + 90)
    if done.returncode:
        raise BenchError("the browsers failed")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _an_hour(site: _Site, page: Page, cookie: str, scale: Scale, say: Say) -> list[Row]:
    """What a page's memory grows by while it is told an hour's news, as fast as it takes them."""
    browser = page.context.browser
    assert browser is not None
    kept: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: kept.append(str(data))))
    page.reload()
    page.wait_for_timeout(min(scale.watched, 10.0) * 1000)
    if len(kept) < 5:
        raise BenchError("a page was told nothing")
    page.close()
    return _replayed(browser, site, cookie, kept, say)


def _replayed(browser: Browser, site: _Site, cookie: str, kept: list[str], say: Say) -> list[Row]:
    context = browser.new_context(base_url=site.address, viewport={"width": 1366, "height": 768})
    context.add_cookies([
        {"name": name, "value": value, "url": site.address} for name, _, value in
        (one.partition("=") for one in cookie.split("; "))
    ])  # fmt: skip
    page = context.new_page()
    sockets: list[Any] = []
    page.route_web_socket("**/supervisor/feed", lambda socket: sockets.append(socket))
    page.goto("/supervisor")
    while not sockets:
        page.wait_for_timeout(50)
    sockets[0].send(kept[0])
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable")
    news, told, end = itertools.cycle(kept[1:]), 0, time.monotonic() + _LONGEST
    held: list[tuple[int, _Held]] = []
    for part in _PARTS:
        while told < part * _HOUR and time.monotonic() < end:
            sockets[0].send(next(news))
            told += 1
            if told % 20 == 0:
                page.evaluate("1")  # not more than it has taken in
        page.wait_for_timeout(1500)
        held.append((told, _held(devtools)))
        say(f"{told} messages: {held[-1][1]}")
    (first, early), (last, late) = held[0], held[-1]
    most = max(one.memory for _, one in held)
    more = f"{(last - first) / _RATE / 60:.0f} minutes more"
    return [
        Row(f"memory of the page after {first / _RATE / 60:.0f} minutes' news", early.memory, "MiB"),
        Row(f"what {more} add to it, at most at any look", most - early.memory, "MiB", most=2),
        Row("nodes of the page then", early.nodes),
        Row(f"what {more} add to them", late.nodes - early.nodes, most=early.nodes / 10),
        Row("listeners that were added", late.listeners - early.listeners, most=0),
    ]


@dataclass(frozen=True, slots=True)
class _Held:
    """What a page holds once its garbage is collected: MiB of JavaScript, nodes and listeners."""

    memory: float
    nodes: int
    listeners: int


def _held(devtools: CDPSession) -> _Held:
    devtools.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return _Held(told["JSHeapUsedSize"] / 2**20, round(told["Nodes"]), round(told["JSEventListeners"]))
