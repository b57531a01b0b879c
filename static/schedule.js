// A new schedule goes by the reader's own clocks, unless they choose others.

const zone = document.querySelector("input[data-own-time-zone]");
if (zone) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || zone.value;
  zone.dispatchEvent(new Event("change", { bubbles: true }));
}
