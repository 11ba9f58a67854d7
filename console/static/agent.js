// The agent's page: the telephone over one WebSocket. What an agent types stays until it is filed, through new calls and
// reloads; nothing here speaks or answers, the telephone does.
"use strict";
(() => {
  const place = document.getElementById("seat");
  if (!place) return;
  const reasons = { rest: "休息", meal: "用餐", training: "培训", paperwork: "案头", "wrap-up": "整理" };
  const phases = { ringing: "来电振铃", calling: "正在呼叫", talking: "通话中", held: "保持中", consulting: "咨询中，群众等候" };
  const at = (id) => document.getElementById(id);
  let seat = JSON.parse(place.dataset.seat);
  let ahead = Date.parse(seat.at) - Date.now(); // our clock against the server's, milliseconds
  let broken = false;
  let wait = 500;
  let told = 0; // when something was said, and when the telephone's state last changed, milliseconds
  let changed = 0;
  const title = document.title;
  const now = () => (Date.now() + (Math.abs(ahead) < 2000 ? 0 : ahead)) / 1000;

  function put(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }
  function lasting(since) {
    const seconds = Math.max(0, Math.floor(now() - since));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  // -- what is shown ------------------------------------------------------------------------------
  function show() {
    const call = seat.call;
    const current = seat.current && !broken;
    put(at("state"), seat.label + (seat.reason ? `（${reasons[seat.reason] || seat.reason}）` : ""));
    at("state").className = `state seat-${seat.state}`;
    put(at("lasting"), seat.wrap_until ? `还剩 ${Math.max(0, Math.ceil(seat.wrap_until - now()))} 秒` : seat.began ? lasting(seat.began) : "");
    put(at("queued"), String(seat.queues.length));
    const old = Date.now() - told;
    if (old > 20_000 || old > 5000 && changed > told - 1000) put(at("told"), ""); // it is of the moment before
    const problem = at("standing");
    if (problem.hidden !== current) problem.hidden = current;
    put(problem, current ? "" : `数据不是最新：自 ${(broken || seat.since).slice(11, 19)} 起与服务或 Asterisk 的连接中断`);
    at("line").hidden = !call;
    if (call) {
      at("line").dataset.phase = call.phase;
      const others = call.parties.filter((one) => one !== call.number);
      const own = call.phase === "ringing" && call.direction === "outbound"; // the agent's own, asked for by click
      put(at("ring"), `${own ? "请接起话机，接起后拨打" : phases[call.phase]} ${call.number || "隐藏号码"}${others.length ? `　同时在线：${others.join("、")}` : ""}`);
    }
    const doing = call && call.phase !== "ringing" ? call.phase : seat.state;
    for (const one of document.querySelectorAll("[data-when]")) {
      const fits = one.dataset.when.split(" ").some((word) => word === doing || word === seat.state && doing !== "consulting" && doing !== "calling");
      if (one.hidden === fits) one.hidden = !fits;
      for (const button of one.querySelectorAll("button")) button.disabled = !current;
    }
    document.title = call && call.phase === "ringing" ? `☎ ${call.number || "隐藏号码"} ${call.direction === "outbound" ? "拨出" : "来电"}` : title;
  }
  const standing = (one) => JSON.stringify([one.state, one.call && [one.call.call, one.call.phase, one.call.parties]]);
  function hear(message) {
    const before = seat;
    seat = message;
    ahead = Date.parse(seat.at) - Date.now();
    if (standing(before) !== standing(seat)) changed = Date.now();
    show();
    if (seat.call && before.call?.call !== seat.call.call) document.querySelector("main > .notice")?.remove();
    if (seat.call && seat.call.call !== at("work").dataset.call) refresh(`/agent?call=${encodeURIComponent(seat.call.call)}`);
    else if (seat.call?.phase === "talking" && before.call?.phase !== "talking" && seat.call.direction === "outbound")
      for (const delay of [2000, 5000]) setTimeout(filing, delay); // as soon as the ledger knows what it is about
    else if (before.call && !seat.call) {
      refresh("", "day");
      setTimeout(() => refresh("", "day"), 5000); // the ledger is a little behind
    }
  }
  // An own call by click may be about a draft, which is filed with it.
  function filing() {
    if (!form() && seat.call) refresh(`/agent?call=${encodeURIComponent(seat.call.call)}`);
  }
  // Takes over a part of the page as the server has it now. A session that has ended leads to the log-in, which is told
  // by true; what was typed stays.
  async function refresh(path, part = "work") {
    let answer;
    try {
      answer = await fetch(path || "/agent");
    } catch {
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part);
    if (!fresh && answer.redirected) location.reload();
    if (!fresh) return answer.redirected;
    const focused = at(part).contains(document.activeElement) ? document.activeElement.id : "";
    at(part).replaceWith(document.adoptNode(fresh));
    restore();
    show();
    if (focused && at(focused)) at(focused).focus();
  }

  // -- what was typed -------------------------------------------------------------------------------
  const form = () => at("ticket");
  const key = (call) => `ticket ${call}`;
  function keep() {
    const fields = [...new FormData(form())].filter(([name]) => !["form_token", "version"].includes(name));
    sessionStorage.setItem(key(at("work").dataset.call), JSON.stringify(fields));
  }
  function restore() {
    const kept = form() && !document.querySelector("main > .problem") && sessionStorage.getItem(key(at("work").dataset.call));
    for (const [name, value] of kept ? JSON.parse(kept) : []) {
      const named = [...form().elements].filter((one) => one.name === name);
      const box = named.find((one) => ["radio", "checkbox"].includes(one.type) && one.value === value);
      const field = box || named.find((one) => !["radio", "checkbox"].includes(one.type));
      if (box) box.checked = true;
      else if (field) field.value = value;
      if (value && field?.type !== "radio" && field?.closest("details")) field.closest("details").open = true;
    }
  }
  document.addEventListener("input", (event) => { if (form()?.contains(event.target)) keep(); });

  // -- the knowledge base ---------------------------------------------------------------------------
  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "find") return;
    event.preventDefault();
    const words = at("q").value;
    const answer = await fetch(`/agent/knowledge?q=${encodeURIComponent(words)}`);
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
    if (found) at("found").replaceChildren(...found.childNodes);
  });
  document.addEventListener("click", (event) => {
    const taken = event.target.closest("button[data-ref]");
    const result = form()?.elements.result;
    if (!taken || !result) return;
    result.closest("details").open = true;
    result.value = result.value.trim() ? `${result.value.trim()}\n${taken.dataset.text}` : taken.dataset.text;
    const refs = [...form().querySelectorAll("[name=articles]:not([type=checkbox])")][0];
    if (!refs.value.includes(taken.dataset.ref)) refs.value = refs.value ? `${refs.value}, ${taken.dataset.ref}` : taken.dataset.ref;
    keep();
    result.focus();
  });

  // -- what is done -----------------------------------------------------------------------------------
  document.addEventListener("submit", async (event) => {
    const sent = event.target;
    if (sent.id === "ticket") sessionStorage.removeItem(key(at("work").dataset.call));
    if (sent.action.endsWith("/logout")) sessionStorage.clear();
    if (!sent.hasAttribute("data-quiet")) return;
    event.preventDefault();
    const button = event.submitter || sent.querySelector("button");
    const action = button.getAttribute("formaction") || sent.getAttribute("action");
    button.disabled = true;
    try {
      const answer = await fetch(action, { method: "POST", body: new URLSearchParams(new FormData(sent)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(at("told"), page.querySelector("main > .problem, main > .notice")?.textContent || "");
      told = Date.now();
      at("told").classList.toggle("late", Boolean(page.querySelector("main > .problem")));
      if (!page.getElementById("seat")) location.reload();
    } catch {
      put(at("told"), "没有送达，请再试一次");
    }
    delete sent.dataset.sent;
    button.disabled = false;
    const drop = sent.closest(".drop");
    if (drop) drop.open = false;
  });
  const pressed = { F2: () => document.querySelector("form[action$='/ready'] button"), F4: () => form()?.querySelector("select, input:not([type=hidden])") };
  document.addEventListener("keydown", (event) => {
    const digit = event.ctrlKey && event.altKey && /^Digit[1-4]$/.test(event.code) ? Number(event.code[5]) : 0;
    const target = digit ? document.querySelectorAll(".alarm")[digit - 1] : !event.ctrlKey && !event.altKey && pressed[event.key]?.();
    if (!target) return;
    event.preventDefault();
    if (target.tagName !== "BUTTON") target.focus();
    else if (!target.closest("[hidden]")) target.click();
  });

  async function again() {
    if (!(await refresh("", "day"))) connect();
  }
  function connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/agent/feed`);
    socket.onmessage = (event) => { wait = 500; broken = false; hear(JSON.parse(event.data)); };
    socket.onclose = () => {
      broken ||= new Date(Date.now() + 8 * 3600_000).toISOString();
      show();
      setTimeout(again, wait * (0.5 + Math.random() / 2));
      wait = Math.min(wait * 2, 15000);
    };
  }
  restore();
  show();
  connect();
  setInterval(show, 1000);
  // An agent at the telephone is at work, also on a quiet night: the session goes on.
  setInterval(() => { if (!["logged-out", "unregistered"].includes(seat.state)) refresh("", "day"); }, 240_000); // a session lives five minutes at least
})();
