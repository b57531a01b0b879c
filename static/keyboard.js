// The keyboard map. An element names its own key in the markup, data-key="n" or "g r", and is called by data-key-says
// or by its text; pressing the key does what a click would. data-key-asks only moves the focus there: Enter
// does it. Rows and tabs need no names. Off while somebody types, with a modifier, under a dialog, or where switched off.

const ROWS = "main :is(.cover, .run-card h2 a, [data-row])";
const TABS = "main .tabs :is(a, [role=tab])";
const TYPING = "input:not([type=checkbox], [type=radio], [type=submit], [type=button], [type=file]), textarea, select, [contenteditable]";
const SEQUENCE_MS = 1500;
const SWITCHED_OFF = "keys-off";

let begun = { key: "", at: 0 };

// A browser that keeps nothing has its keys on.
function isOff() {
  try {
    return localStorage.getItem(SWITCHED_OFF) !== null;
  } catch {
    return false;
  }
}

function switchTo(isOn) {
  try {
    isOn ? localStorage.removeItem(SWITCHED_OFF) : localStorage.setItem(SWITCHED_OFF, "");
  } catch {
    // Then it stands for as long as the page does not change.
  }
  announceKeys();
}

function isUsable(element) {
  return !element.disabled && !element.closest("[hidden]");
}

function keyed() {
  return [...document.querySelectorAll("[data-key]")].filter(isUsable);
}

// Of several with one key, the one in the row or card at hand.
function elementFor(key) {
  const all = keyed().filter((element) => element.dataset.key === key);
  const here = document.activeElement?.closest("tr, article, li");
  return all.find((element) => here?.contains(element)) ?? all[0];
}

function textOf(element) {
  const named = element.dataset.keySays ?? element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent;
  return named.replace(/…\s*$/, "").trim();
}

function say(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = text;
}

function act(element) {
  if (element.matches(TYPING)) {
    element.focus();
    return element.select?.();
  }
  if (element.hasAttribute("data-key-asks")) {
    element.focus();
    return say(`${textOf(element)}? Press Enter.`);
  }
  if (!element.matches("summary")) return element.click();
  const details = element.parentElement;
  details.open = true;
  (details.querySelector(":scope > :not(summary) :is(a, button, input:not([type=hidden]), select)") ?? element).focus();
}

function step(selector, by) {
  const all = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const at = all.indexOf(document.activeElement);
  all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

function turn(to) {
  const all = [...document.querySelectorAll(TABS)];
  const at = all.findIndex((tab) => (tab.ariaCurrent ?? tab.ariaSelected ?? "false") !== "false");
  const tab = all[to(at)];
  tab?.focus();
  tab?.click();
}

const MOVES = {
  j: () => step(ROWS, 1),
  k: () => step(ROWS, -1),
  "[": () => turn((at) => Math.max(at - 1, 0)),
  "]": () => turn((at) => at + 1),
};

// What the keys of the event do, if anything.
function meant(key) {
  const goesOn = begun.key && performance.now() - begun.at < SEQUENCE_MS;
  const keys = goesOn ? `${begun.key} ${key}` : key;
  begun = { key: "", at: 0 };
  const element = elementFor(keys);
  if (element) return () => act(element);
  if (goesOn) return undefined;
  if (keyed().some((other) => other.dataset.key.startsWith(`${key} `))) begun = { key, at: performance.now() };
  if (/^[1-9]$/.test(key) && document.querySelector(TABS)) return () => turn(() => Number(key) - 1);
  return MOVES[key];
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length > 1 || (event.repeat && !"jk".includes(event.key))) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog:modal") || isOff()) return;
  const deed = meant(event.key);
  if (!deed) return;
  event.preventDefault();
  deed();
});

// --- The list of keys, in the dialog that _keys.html renders.

function entryFor(element) {
  const entry = document.createElement("div");
  entry.dataset.keyEntry = "";
  const keys = document.createElement("dt");
  for (const key of element.dataset.key.split(" ")) {
    keys.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
  }
  entry.append(keys, Object.assign(document.createElement("dd"), { textContent: textOf(element) }));
  return entry;
}

function list(dialog) {
  const entries = dialog.querySelector("[data-keys-list]");
  for (const old of entries.querySelectorAll("[data-key-entry]")) old.remove();
  for (const fixed of entries.querySelectorAll("[data-key-for]"))
    fixed.hidden = !document.querySelector({ rows: ROWS, tabs: TABS }[fixed.dataset.keyFor]);
  const seen = new Set();
  // What this page can do comes before what every page can.
  const ofPage = (element) => Number(!element.closest("main"));
  for (const element of keyed().sort((one, other) => ofPage(one) - ofPage(other))) {
    if (seen.has(element.dataset.key)) continue;
    seen.add(element.dataset.key);
    entries.lastElementChild.before(entryFor(element));
  }
  dialog.querySelector("[data-keys-switch]").checked = !isOff();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens=_keys]");
  if (opener) list(document.getElementById("_keys"));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-switch]")) switchTo(event.target.checked);
});

// Where the dialog was opened from a menu that has closed since, the focus goes back to the menu.
document.addEventListener("close", (event) => {
  if (event.target.id !== "_keys" || document.activeElement !== document.body) return;
  document.querySelector("[data-opens=_keys]")?.closest("details")?.querySelector("summary").focus();
}, true);

// --- Telling assistive technology, which knows single keys only.

function announceKeys(root = document) {
  for (const element of root.querySelectorAll("[data-key]"))
    if (element.dataset.key.length > 1 || isOff()) element.removeAttribute("aria-keyshortcuts");
    else element.setAttribute("aria-keyshortcuts", element.dataset.key);
}

announceKeys();
document.addEventListener("focusin", (event) => event.target.matches("[data-key]") && announceKeys(event.target.parentElement));
