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

const words = { ago, clock: (at) => clock.format(at), date: (at) => inFull.format(at) };

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
setInterval(() => document.querySelectorAll("time[data-shown=ago]").forEach(show), 1000);

// Before the browser paints what an update has brought.
new MutationObserver((changes) => {
  for (const change of changes)
    for (const node of change.addedNodes)
      if (node.nodeType === Node.ELEMENT_NODE) node.matches("time[data-shown]") ? show(node) : showAll(node);
}).observe(document.body, { childList: true, subtree: true });
