// The page of one run: its tabs switch without loading the page again, and its clock goes on.

import { pick } from "./evidence.js";
import {} from "./log.js";

const panels = document.querySelector(".panels");

function elementOf(tab) {
  return panels.querySelector(`[data-panel="${tab}"]`);
}

function load(panel, url = panel.dataset.missing) {
  return window.htmx.ajax("GET", url, { target: `#${panel.id}`, swap: "outerHTML" });
}

// Shows a tab; what has not been sent yet, or belongs to another address, is fetched first.
export async function turnTo(tab, url) {
  const panel = elementOf(tab);
  panels.dataset.tab = tab;
  for (const link of panels.querySelectorAll("[data-tab-link]"))
    link.dataset.tabLink === tab ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  showCurrentTab();
  if (url) await load(panel, url);
  else if (panel.dataset.missing) await load(panel);
  return elementOf(tab);
}

// On a phone the tabs are wider than the screen.
function showCurrentTab() {
  const strip = panels.querySelector(".tabs"), current = strip.querySelector("[aria-current]");
  strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}
showCurrentTab();

export function choose() {
  panels.dataset.chosen = "";
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-tab-link]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  choose();
  history.pushState({ tab: link.dataset.tabLink }, "", link.href);
  turnTo(link.dataset.tabLink);
});

// A link or a search that leads to another part of this page: what it shows is fetched and turned to.
async function turn(address) {
  choose();
  const url = new URL(address, location.href);
  url.hash = "";
  const tab = url.searchParams.get("tab");
  history.pushState({ tab }, "", url);
  const panel = await turnTo(tab, url.href);
  showPicked(panel);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-turn]");
  if (!link || !panels.contains(link) || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  turn(link.href);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-turn]")) return;
  event.preventDefault();
  const filled = [...new FormData(event.target)].filter(([, value]) => value);
  turn(`${event.target.action}?${new URLSearchParams(filled)}`);
});

function showPicked(panel) {
  const picked = panel.querySelector("li[aria-current]");
  if (picked) pick(panel, picked.dataset.item);
}
addEventListener("load", () => panels.dataset.tab === "evidence" && showPicked(elementOf("evidence")));

const firstTab = panels.dataset.tab;
addEventListener("popstate", () => {
  const query = new URLSearchParams(location.search);
  const tab = query.get("tab") ?? (panels.hasAttribute("data-ended") ? "result" : firstTab);
  if (elementOf(tab)) turnTo(tab, query.size > 1 ? location.href : undefined);
});

// Whoever reads the log is left there when the run ends; whoever has chosen nothing sees the result.
for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"])
  panels.addEventListener(kind, (event) => event.target.closest(".log") && choose(), { passive: true });

document.addEventListener("agentsite:fragments", () => {
  const result = elementOf("result");
  const hasEnded = result.hasAttribute("data-final") && !panels.hasAttribute("data-ended");
  if (hasEnded) panels.dataset.ended = "";
  if (hasEnded && !panels.hasAttribute("data-chosen")) turnTo("result");
  const shown = elementOf(panels.dataset.tab);
  if (hasEnded && shown.dataset.missing) load(shown);
});

setInterval(() => {
  const bar = document.querySelector("[data-pace-seconds][data-since]");
  if (!bar) return;
  const seconds = (Date.now() - new Date(bar.dataset.since)) / 1000;
  const share = Math.min(seconds / bar.dataset.paceSeconds, 1);
  bar.querySelector(".pace-ran").setAttribute("width", Math.max(share * 1000, 0));
  bar.closest(".pace").toggleAttribute("data-slow", seconds > bar.dataset.slowSeconds);
}, 500);
