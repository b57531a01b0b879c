// What every page does: menus close, forms are sent once, polling by htmx rests while nobody looks.

const RESTING_EVERY = 10;
const rests = new Map();

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.action[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open], details.action[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A second click on a slow upload must not send it twice; the button that was pressed must still be sent.
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-sent")) return event.preventDefault();
  if (event.target.method === "post") event.target.setAttribute("data-sent", "");
});
// A page that comes back from the browser's cache can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) form.removeAttribute("data-sent");
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!document.hidden) return;
  const rested = (rests.get(event.target.id) ?? 0) + 1;
  rests.set(event.target.id, rested % RESTING_EVERY);
  if (rested % RESTING_EVERY) event.preventDefault();
});
