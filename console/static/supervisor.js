// The supervisor's page: all that is known, then changes, over one WebSocket. Rows are changed in place: a page that is
// open for a week holds no more than a fresh one.
"use strict";
(() => {
  const may = document.getElementById("phone") !== null;
  const known = { agents: new Map(), queues: new Map(), trunks: new Map() };
  const keys = { agents: "number", queues: "name", trunks: "name" };
  const states = { held: "保持", talking: "通话", ringing: "振铃", paused: "暂停" };
  const reasons = { rest: "休息", meal: "用餐", training: "培训", paperwork: "案头", "wrap-up": "整理" };
  const devices = { free: "空闲", "in-use": "使用中", unavailable: "不可用", unknown: "未知", ringing: "振铃",
    busy: "忙", invalid: "无效", "on-hold": "保持", "ringing-in-use": "使用中振铃" };
  const trunks = { trunk: "运营商中继", emergency: "紧急台", citizen: "演练话机" };
  const places = JSON.parse(document.getElementById("waiting").dataset.places);
  let ahead = 0; // our clock against the server's, milliseconds
  let wait = 500;
  let figures = {};
  const at = (id) => document.getElementById(id);
  const now = () => (Date.now() + ahead) / 1000;

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
  // The wall is read by everyone in the room: a citizen's number is not for all of them.
  function shown(number) {
    if (!number) return "隐藏号码";
    return document.body.classList.contains("big") && number.length > 7 ? `${number.slice(0, 3)}****${number.slice(-4)}` : number;
  }
  function lasting(since) {
    if (!since) return "";
    const seconds = Math.max(0, Math.floor(now() - since));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  }

  // Makes the table's rows those of `rows`: [key, class, cells, actions]; what is the same is left alone.
  function fill(id, rows) {
    const body = at(id).tBodies[0];
    const there = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    const wanted = new Set(rows.map(([key]) => key));
    for (const [key, row] of there) if (!wanted.has(key)) row.remove();
    let next = body.rows[0] || null;
    rows.forEach(([key, kind, cells, actions]) => {
      let row = there.get(key);
      if (!row) {
        row = document.createElement("tr");
        row.dataset.key = key;
        for (const _ of cells) row.insertCell();
        if (may && actions) row.insertCell().className = "actions";
      }
      if (next === row) next = row.nextSibling;
      else body.insertBefore(row, next);
      if (row.className !== kind) row.className = kind;
      cells.forEach((text, index) => put(row.cells[index], String(text)));
      if (may && actions) buttons(row.cells[cells.length], actions);
    });
    at(id).classList.toggle("none", !rows.length);
  }
  function buttons(cell, actions) {
    const wanted = actions.map(([, path]) => path).join();
    if (cell.dataset.paths === wanted) return;
    cell.dataset.paths = wanted;
    cell.replaceChildren(...actions.map(([name, path, label]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = name;
      button.dataset.path = path;
      button.setAttribute("aria-label", `${label} ${name}`);
      return button;
    }));
  }

  // However much is told at once, the page is drawn once for it; also while it is in the background, where no frames are.
  let planned = false;
  function plan() {
    if (planned) return;
    planned = true;
    setTimeout(() => { planned = false; show(); }, 20);
  }
  function where(path) {
    const found = path.split(" ").filter(Boolean).map((step) => {
      const [place, key] = step.split(":");
      return (places[place] || place) + (key ? ` ${key}` : "");
    });
    return found.join(" › ");
  }
  function member(agent) {
    const names = agent.queues.map((name) => (known.queues.get(name) || { label: name }).label);
    return known.queues.size && names.length === known.queues.size ? "全部队列" : names.join("、");
  }
  function peer(one) {
    const queue = known.queues.get(one.queue);
    return shown(one.number) + (queue ? `（${queue.label}）` : "");
  }
  function show() {
    const queues = [...known.queues.values()];
    const agents = [...known.agents.values()];
    const callers = queues.flatMap((queue) => queue.callers.map((one) => ({ ...one, queue })));
    fill("queues", queues.map((q) => [q.name, q.waiting ? (q.free ? "some" : "short") : "", [q.label, q.waiting,
      q.callers.length ? lasting(Math.min(...q.callers.map((one) => one.since))) : "", q.members, q.free]]));
    fill("waiting", callers.map((one) => [one.uniqueid, "", [one.position, one.queue.label, shown(one.caller),
      lasting(one.since), where(one.path)], [["置顶", `front/${one.uniqueid}`, one.caller],
      ["转队列", `move/${one.uniqueid}?queue=`, one.caller], ["挂断", `hangup/${one.uniqueid}`, one.caller]]]));
    fill("agents", agents.map((a) => [a.number, a.state, [a.number,
      a.label + (a.reason ? `（${reasons[a.reason] || a.reason}）` : "") + (a.listeners.length ? " · 监听中" : ""),
      a.state in states || a.state === "wrap-up" ? lasting(a.since) : "", a.peers.map(peer).join("、"),
      member(a), a.calls], offered(a)]));
    fill("trunks", [...known.trunks.values()].map((t) => [t.name, "", [trunks[t.name] || t.name, devices[t.state] || t.state, t.channels]]));
    put(at("t-waiting"), String(callers.length));
    put(at("t-longest"), callers.length ? lasting(Math.min(...callers.map((one) => one.since))) : "00:00");
    at("t-waiting").classList.toggle("late", at("alerts").childElementCount > 0 && callers.length > 0);
    const count = (...of) => String(agents.filter((agent) => of.includes(agent.state)).length);
    for (const one of document.querySelectorAll("[data-states]")) put(one, count(...one.dataset.states.split(" ")));
    put(at("clock"), new Date(now() * 1000 + 8 * 3600_000).toISOString().slice(11, 19));
  }
  function offered(agent) {
    const found = [];
    const add = (name, path) => found.push([name, path, agent.number]);
    if (["talking", "held"].includes(agent.state)) {
      for (const [name, what] of [["监听", "listen"], ["密语", "whisper"], ["强插", "barge"], ["接管", "take"]])
        add(name, `${what}/${agent.number}?phone=`);
    }
    if (agent.queues.length) {
      if (agent.reason) add("取消暂停", `unpause/${agent.number}`);
      else add("暂停", `pause/${agent.number}?reason=`);
      add("签出", `logout/${agent.number}`);
    }
    add("移入所选队列", `queues/${agent.number}?queues=`);
    return found;
  }

  function count() {
    const share = (name) => (figures.offered ? `${figures[name]}%` : "—");
    put(at("t-rate"), share("rate"));
    put(at("t-in-time"), share("in_time_rate"));
    put(at("t-abandon"), share("abandon_rate"));
    put(at("t-rate-of"), figures.offered ? `${figures.answered} / ${figures.offered} 个来电` : "");
    put(at("t-in-time-of"), figures.offered ? `${figures.in_time} 个来电` : "");
    put(at("t-abandon-of"), figures.offered ? `${figures.abandoned} 个来电` : "");
    at("t-rate").classList.toggle("late", Boolean(figures.offered) && figures.rate < 95);
    at("t-rate").classList.toggle("well", Boolean(figures.offered) && figures.rate >= 95);
    if (!figures.hours) return;
    const big = document.body.classList.contains("big");
    const ink = { textStyle: { color: big ? "#d7e3ef" : "#1d2733", fontSize: big ? 16 : 12 } };
    const option = { ...ink, legend: ink, color: big ? ["#7db7f0", "#6fd6a2"] : ["#174a7c", "#2c9464"],
      tooltip: { trigger: "axis" }, grid: { left: 45, right: 15, top: 40, bottom: 30 },
      xAxis: { type: "category", data: figures.hours.map((hour) => `${hour} 时`), axisLabel: ink.textStyle },
      yAxis: { type: "value", minInterval: 1, axisLabel: ink.textStyle, splitLine: { lineStyle: { color: big ? "#2b4666" : "#e2e8ee" } } },
      series: [["要求人工", "offered"], ["接通", "answered"]].map(([name, of]) => ({ name, type: "line", symbol: "none", lineStyle: { width: 3 }, data: figures.curve[of] })) };
    let figure = at("curve").querySelector("figure");
    if (!figure) {
      figure = document.createElement("figure");
      figure.className = "chart";
      figure.setAttribute("aria-label", "今日每小时来电");
      const table = document.createElement("table");
      table.createTHead().insertRow().append(...["时", "要求人工", "接通"].map((text) => {
        const cell = document.createElement("th");
        cell.textContent = text;
        cell.scope = "col";
        return cell;
      }));
      table.createTBody();
      const words = document.createElement("details");
      words.append(Object.assign(document.createElement("summary"), { textContent: "数据表" }), table);
      figure.append(words);
      at("curve").append(figure);
    }
    const body = figure.querySelector("table").tBodies[0];
    body.replaceChildren(...figures.hours.map((hour, place) => {
      const row = document.createElement("tr");
      for (const text of [hour, figures.curve.offered[place], figures.curve.answered[place]]) row.insertCell().textContent = text;
      return row;
    }));
    figure.dataset.chart = JSON.stringify(option);
    charts(at("curve"));
  }

  function alerted(list) {
    const before = new Set([...at("alerts").children].map((one) => one.textContent));
    at("alerts").replaceChildren(...list.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    if (list.some((text) => !before.has(text)) && at("sound")?.checked) beep();
  }
  let audio = null;
  function beep() {
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    tone.connect(audio.destination);
    tone.frequency.value = 880;
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  }

  function stand(current, since) {
    const time = since.slice(11, 19);
    put(at("standing"), current ? "数据实时更新" : `数据不是最新：自 ${time} 起与服务或 Asterisk 的连接中断`);
    at("standing").classList.toggle("problem", !current);
    document.body.classList.toggle("stale", !current);
  }
  function hear(message) {
    ahead = Date.parse(message.at) - Date.now();
    if (Math.abs(ahead) < 2000) ahead = 0; // the server's moment is whole seconds
    if (message.kind === "all") for (const rows of Object.values(known)) rows.clear();
    for (const kind of Object.keys(known))
      for (const row of message[kind] || []) known[kind].set(row[keys[kind]], row);
    stand(message.current, message.since);
    if (message.alerts) alerted(message.alerts);
    if (message.figures) { figures = message.figures; count(); }
    plan();
  }
  function connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/supervisor/feed`);
    socket.onmessage = (event) => { wait = 500; hear(JSON.parse(event.data)); };
    socket.onclose = () => {
      const moment = new Date(Date.now() + 8 * 3600_000).toISOString();
      if (!document.body.classList.contains("stale")) stand(false, moment);
      setTimeout(connect, wait * (0.5 + Math.random() / 2));
      wait = Math.min(wait * 2, 15000);
    };
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-path]");
    if (!button) return;
    let path = button.dataset.path;
    if (path.startsWith("hangup/") && !window.confirm("确定挂断这个来电？")) return;
    if (path.endsWith("phone=")) path += at("phone").value;
    if (path.endsWith("reason=")) path += at("reason").value;
    if (path.endsWith("queue=") || path.endsWith("queues=")) path += at("target").value;
    button.disabled = true;
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-Form-Token"];
    try {
      const answer = await fetch(`/supervisor/${path}`, { method: "POST", headers: { "X-Form-Token": token } });
      const text = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(at("told"), answer.ok ? `已执行：${button.getAttribute("aria-label")}` : text.querySelector("main").textContent.trim().replace(/\s+/g, " "));
    } catch {
      put(at("told"), "没有送达，请再试一次");
    }
    button.disabled = false;
  });
  connect();
  setInterval(plan, 1000);
})();
