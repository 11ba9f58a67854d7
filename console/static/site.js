// What the pages do beyond plain HTML. Everything works without it; nothing is written inline (CSP).
"use strict";

// Charts: <figure data-chart='{...}'> with a table inside that stays for readers and for browsers without ECharts.
// Loads ECharts only where there is a chart.
function charts(root) {
  const figures = [...root.querySelectorAll("figure[data-chart]")];
  if (!figures.length) return;
  if (!window.echarts) {
    const address = document.querySelector("meta[name=echarts]");
    if (!address || document.querySelector("script[data-echarts]")) return;
    const script = document.createElement("script");
    script.src = address.content;
    script.dataset.echarts = "";
    script.onload = () => charts(document);
    document.head.append(script);
    return;
  }
  for (const figure of figures) {
    const option = JSON.parse(figure.dataset.chart);
    // An HTML tooltip would need inline styles.
    option.tooltip = Object.assign({ renderMode: "richText" }, option.tooltip);
    option.animation = false;
    let place = figure.querySelector(".drawing");
    if (!place) {
      place = document.createElement("div");
      place.className = "drawing chart";
      place.setAttribute("aria-hidden", "true");
      figure.prepend(place);
    }
    const drawn = window.echarts.getInstanceByDom(place) || window.echarts.init(place, null, { renderer: "svg" });
    drawn.setOption(option);
    if (!figure.dataset.drawn) window.addEventListener("resize", () => drawn.resize());
    figure.dataset.drawn = "1";
  }
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Files that would be refused are told before they are sent: a refusal of the whole request loses what was typed.
document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches("input[type=file][data-most]")) return;
  const { most, number } = box.dataset; // MB each, files
  const big = [...box.files].find((file) => file.size > most * 1024 * 1024);
  const many = box.files.length > number;
  box.setCustomValidity(big ? `${big.name} 超过 ${most} MB，请压缩后再选` : many ? `最多 ${number} 个文件` : "");
  box.reportValidity();
});

// Filters of a list apply as they are chosen; text and dates wait for the button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
});

// <div data-feed="/path">: its contents change as the server tells; who has the focus keeps it.
function feed(place) {
  const source = new EventSource(place.dataset.feed);
  const late = (is) => { document.querySelector("[data-feed-late]").hidden = !is; };
  source.addEventListener("shown", (event) => {
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.innerHTML = event.data; // a template of ours, escaped as every page
    if (focused) document.getElementById(focused)?.focus();
  });
  source.addEventListener("at", (event) => {
    document.querySelector("[data-feed-at]").textContent = event.data;
    late(false);
  });
  source.addEventListener("late", () => late(true));
  source.addEventListener("error", () => late(true));
}

document.addEventListener("DOMContentLoaded", () => {
  charts(document);
  document.querySelectorAll("[data-feed]").forEach(feed);
  const problem = document.querySelector(".problem");
  if (problem) {
    problem.tabIndex = -1;
    problem.focus();
  }
});
document.addEventListener("htmx:afterSwap", (event) => charts(event.target));
