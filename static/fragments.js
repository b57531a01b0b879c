// Puts what has changed into the page, without disturbing whoever reads, types or points there.
//
// A fragment is an element that takes the place of the one of the same id. What is alike stays the very same node, so
// that focus, selection, scroll position, open <details> and half-filled fields survive. Beyond that:
//
//   data-append-to="ID"   its children are added at the end of that element instead
//   data-rows             only those of its rows are brought up to date that the page shows; none is added
//   data-calm             (on the page) is left alone while the pointer is over it, and follows when that leaves
//   data-steady           (on the page) does not become lower, so that nothing below it moves up
//   data-keep             (on the page) is never touched; data-keep="hidden class" keeps these attributes alone
//
// After each application the document gets the event `agentsite:fragments`.

import { morph } from "./morph.js";

const waiting = new Map();
// A finger leaves no place to rest.
const canHover = matchMedia("(hover: hover)");

export function apply(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  template.content.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(giveToken);
  for (const fragment of [...template.content.children]) applyOne(fragment);
  document.dispatchEvent(new CustomEvent("agentsite:fragments"));
}

function applyOne(fragment) {
  if (fragment.tagName === "TITLE") return (document.title = fragment.textContent.trim());
  // Only its words: an element that speaks must stay the one that spoke before.
  if (fragment.id === "announcer") return (document.getElementById("announcer").textContent = fragment.textContent.trim());
  if (fragment.dataset.appendTo) return append(document.getElementById(fragment.dataset.appendTo), fragment);
  if (fragment.hasAttribute("data-rows")) {
    for (const row of fragment.querySelectorAll("tr[id]")) replace(row);
    return;
  }
  replace(fragment);
}

function append(target, fragment) {
  // A line may come twice, when the page asks while it is told.
  const news = [...fragment.children].filter((child) => !child.id || !document.getElementById(child.id));
  target?.append(...news);
}

function replace(fragment) {
  const target = document.getElementById(fragment.id);
  if (!target) return;
  const calm = target.closest("[data-calm]");
  if (calm?.matches(":hover") && canHover.matches) waiting.set(fragment.id, fragment);
  else {
    waiting.delete(fragment.id);
    morph(target, fragment);
  }
}

document.addEventListener("mouseout", (event) => {
  if (!waiting.size || event.target.closest("[data-calm]")?.contains(event.relatedTarget)) return;
  // Only now is the pointer elsewhere for the page, too.
  requestAnimationFrame(() => {
    const fragments = [...waiting.values()];
    waiting.clear();
    fragments.forEach(replace);
    document.dispatchEvent(new CustomEvent("agentsite:fragments"));
  });
});

// What is rendered for all who watch has no token for its forms; the page has one of its own.
function giveToken(input) {
  const own = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (own) input.setAttribute("value", own.value);
}
