// The log: whoever is at its end stays there while lines come, whoever has scrolled away is left alone.

const MOST_LINES = 600;
const TIMES = "log-times";

function isAtEnd(log) {
  // The box is turned upside down: its end is at zero, and what lies above is negative.
  return log.scrollTop > -8;
}

function showEnd(log) {
  const button = log.closest(".panel").querySelector("[data-log-end]");
  button.hidden = isAtEnd(log);
  if (button.hidden) button.querySelector("span").textContent = "Jump to the end";
}

document.addEventListener("scroll", (event) => {
  if (event.target.matches?.(".log")) showEnd(event.target);
}, { capture: true, passive: true });

document.addEventListener("click", (event) => {
  const end = event.target.closest("[data-log-end]");
  if (end) end.closest(".panel").querySelector(".log").scrollTop = 0;

  const times = event.target.closest("[data-log-times]");
  if (times) {
    localStorage.setItem(TIMES, times.ariaPressed === "true" ? "off" : "on");
    dress(times.closest(".panel"));
  }

  const line = event.target.closest("a[data-line]");
  if (line && !(event.metaKey || event.ctrlKey || event.shiftKey || event.button)) {
    event.preventDefault();
    for (const other of line.closest(".log").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    line.closest("li").setAttribute("aria-current", "true");
    history.replaceState(history.state, "", line.href);
  }
});

// Times are shown or not as this reader likes it.
function dress(panel) {
  const button = panel.querySelector("[data-log-times]");
  if (!button) return;
  const isOn = localStorage.getItem(TIMES) !== "off";
  button.hidden = false;
  button.ariaPressed = String(isOn);
  panel.querySelector(".log").toggleAttribute("data-timeless", !isOn);
}

// Whoever follows for long keeps the last lines only; the link above leads to those before.
function prune(list) {
  const log = list.closest(".log");
  if (!log || !isAtEnd(log)) return;
  while (list.children.length > MOST_LINES) list.firstElementChild.remove();
}

new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.target.id === "_log_lines") prune(change.target);
    for (const node of change.addedNodes) if (node.id === "_run_log") dress(node);
  }
}).observe(document.querySelector(".panels"), { childList: true, subtree: true });

const panel = document.getElementById("_run_log");
dress(panel);

// A link to a line alone, without the page it is on.
const line = location.hash.match(/^#line-(\d+)$/);
if (line && !document.getElementById(line[0].slice(1))) location.replace(`?tab=log&line=${line[1]}${line[0]}`);
