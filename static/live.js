// Keeps the page true without a reload: told by an event stream, or asking for its own update where there is none.
//
// <body data-stream data-renew>: the stream's address, and where to get a fresh one.
// [data-update]: what a page asks for instead; [data-position]: up to where it has seen what it is about.
// [data-live-toggle]: says which of the two it is, and pauses.

import { apply } from "./fragments.js";

const ASK_EVERY = 2000, ASK_HEADER_EVERY = 5000, ASK_HIDDEN_EVERY = 30_000;
// Without a word for so long a stream is taken for dead: it says something every 15 seconds.
const FIRST_WORD_WITHIN = 5000, SILENT_AFTER = 40_000;
const RETRY_FIRST = 500, RETRY_MOST = 15_000, FAILURES_UNTIL_ASKING = 2;
const WORDS = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  polling: "Polling",
  paused: "Paused",
  out: "Signed out",
};

// An address opens its stream for two minutes.
const FRESH_FOR = 100_000;

const body = document.body;
let address = body.dataset.stream, freshAt = Date.now();
let source, failures = 0, isPaused = false, isOut = false;
let silence, retry, asking, asked;

function say(state) {
  for (const toggle of document.querySelectorAll("[data-live-toggle]")) {
    if (toggle.dataset.state === state && !toggle.hidden) continue;
    toggle.dataset.state = state;
    toggle.setAttribute("aria-pressed", String(isPaused));
    toggle.querySelector("[data-live-word]").textContent = WORDS[state];
    toggle.hidden = false;
  }
}

// --- The stream

function open() {
  close();
  if (isPaused || isOut || document.hidden || !address) return;
  if (Date.now() - freshAt > FRESH_FOR) return renew();
  const url = new URL(address, location);
  const position = document.querySelector("main [data-position]")?.dataset.position;
  if (position) url.searchParams.set("position", position);
  const opened = (source = new EventSource(url));
  expect(FIRST_WORD_WITHIN);
  const on = (kind, act) =>
    opened.addEventListener(kind, (event) => {
      if (opened !== source) return;
      heard();
      act?.(event.data);
    });
  on("fragments", apply);
  on("changed", ask);
  on("alive");
  on("expired", renew);
  on("end", () => {
    // The run has; the header goes on.
    body.dataset.renew = body.dataset.renew.split("?")[0];
    renew();
  });
  opened.onerror = () => opened === source && failed(opened.readyState === EventSource.CLOSED);
}

function close() {
  source?.close();
  source = undefined;
  clearTimeout(silence);
  clearTimeout(retry);
}

function expect(within) {
  clearTimeout(silence);
  // A stream that opens and says nothing is held up on its way, and will be again.
  silence = setTimeout(() => failed(false, FAILURES_UNTIL_ASKING), within);
}

function heard() {
  // What was asked for before is older than what is told.
  if (failures) asked?.abort();
  failures = 0;
  expect(SILENT_AFTER);
  rest();
  say("live");
}

function failed(isRefused, weight = 1) {
  close();
  failures += weight;
  if (failures >= FAILURES_UNTIL_ASKING) askOnAndOn();
  else say("reconnecting");
  const pause = Math.min(RETRY_FIRST * 2 ** failures, RETRY_MOST) * (0.75 + Math.random() / 2);
  retry = setTimeout(isRefused ? renew : open, pause);
}

async function renew() {
  close();
  try {
    const answer = await fetch(body.dataset.renew, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return signedOut();
    if (!answer.ok) return failed(true);
    address = await answer.text();
    freshAt = Date.now();
    open();
  } catch {
    failed(true);
  }
}

// --- Asking instead

function askOnAndOn() {
  say("polling");
  if (!asking) ask();
}

async function ask() {
  clearTimeout(asking);
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const answer = await fetch(update().dataset.update, { redirect: "manual", cache: "no-store", signal: mine.signal });
    if (answer.type === "opaqueredirect") return signedOut();
    if (answer.ok) {
      const html = await answer.text();
      if (asked === mine) apply(html);
      if (failures && !isPaused) say("polling");
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    say("reconnecting");
  }
  if (!source || failures) askAgain();
}

function askAgain() {
  const isAboutMore = update().closest("main");
  if (isPaused || isOut || (document.hidden && !isAboutMore)) return;
  asking = setTimeout(ask, document.hidden ? ASK_HIDDEN_EVERY : isAboutMore ? ASK_EVERY : ASK_HEADER_EVERY);
}

function update() {
  return document.querySelector("main [data-update]") ?? document.querySelector("[data-update]");
}

function rest() {
  clearTimeout(asking);
  asking = undefined;
}

function signedOut() {
  isOut = true;
  close();
  rest();
  say("out");
}

// --- When to, and when not

function pause() {
  isPaused = !isPaused;
  if (isPaused) {
    close();
    rest();
    asked?.abort();
    say("paused");
  } else {
    say("connecting");
    open();
  }
}

function lookOrNot() {
  close();
  rest();
  if (isPaused || isOut) return;
  if (document.hidden) askAgain();
  else if (failures >= FAILURES_UNTIL_ASKING) {
    askOnAndOn();
    open();
  } else open();
}

if (address) {
  say("connecting");
  document.addEventListener("click", (event) => event.target.closest("[data-live-toggle]") && pause());
  document.addEventListener("visibilitychange", lookOrNot);
  addEventListener("online", lookOrNot);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && lookOrNot());
  if (document.hidden) askAgain();
  else open();
}
