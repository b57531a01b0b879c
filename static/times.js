// Keeps moments fresh and shows them in the reader's own time zone.
// The words are those of runs/templatetags/moments.py.

const MINUTE = 60, HOUR = 3600, DAY = 86400;

const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function ago(at) {
  const seconds = Math.floor((Date.now() - at) / 1000);
  if (seconds < 1) return "now";
  if (seconds < MINUTE) return `${seconds} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  return day.format(at);
}

function span(seconds) {
  const exact = Math.max(seconds, 0), whole = Math.floor(exact);
  if (whole < 10) return `${exact.toFixed(1)} s`;
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} m ${whole % MINUTE} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} m`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

function elapsed(at) {
  return span((Date.now() - at) / 1000);
}

function until(at) {
  const left = (at - Date.now()) / 1000;
  return left > 0 ? `in ${span(left)}` : "now";
}

const words = { ago, elapsed, until, clock: (at) => clock.format(at), date: (at) => inFull.format(at) };

function show(time) {
  const at = new Date(time.dateTime);
  const text = words[time.dataset.shown](at);
  if (time.textContent !== text) time.textContent = text;
  time.title = inFull.format(at);
}

function showAll(root) {
  root.querySelectorAll("time[data-shown]").forEach(show);
}

showAll(document);
setInterval(() => document.querySelectorAll("time:is([data-shown=ago], [data-shown=elapsed], [data-shown=until])").forEach(show), 1000);

// Before the browser paints what an update has brought.
new MutationObserver((changes) => {
  for (const change of changes)
    for (const node of change.addedNodes)
      if (node.nodeType === Node.ELEMENT_NODE) node.matches("time[data-shown]") ? show(node) : showAll(node);
}).observe(document.body, { childList: true, subtree: true });
