// Evidence, both ways: whoever picks a value sees its place on the page, whoever picks a place sees its value.
// Links do the same without this, by asking for the page again.

// The first of several: the one that a stretch of text shows most closely.
function numberOf(element) {
  return element.closest("[data-item]").dataset.item.split(" ")[0];
}

function all(panel, number) {
  return panel.querySelectorAll(`[data-item~="${number}"]`);
}

// Scrolls within the frame alone: the page around it stays where it is.
function reveal(frame, target) {
  const outer = frame.getBoundingClientRect(), inner = target.getBoundingClientRect();
  frame.scrollTo({
    top: frame.scrollTop + inner.top - outer.top - (frame.clientHeight - inner.height) / 2,
    left: frame.scrollLeft + inner.left - outer.left - (frame.clientWidth - inner.width) / 2,
  });
}

export function pick(panel, number) {
  for (const other of panel.querySelectorAll("[data-item][aria-current]")) other.removeAttribute("aria-current");
  for (const element of all(panel, number)) element.setAttribute("aria-current", "true");
  const frame = panel.querySelector(".viewer-frame");
  const place = frame?.querySelector(`[data-item~="${number}"]`);
  const item = panel.querySelector(`li[data-item="${number}"]`);
  if (place) reveal(frame, place);
  item?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-place]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  pick(link.closest(".panel"), numberOf(link));
  const address = new URL(link.getAttribute("href"), location.href);
  history.replaceState(history.state, "", address.pathname + address.search);
});

// Pointing at one side, or reaching it by keyboard, shows the other.
function point(event, isOver) {
  const element = event.target.closest?.("[data-item]");
  if (element) for (const each of all(element.closest(".panel"), numberOf(element))) each.toggleAttribute("data-pointed", isOver);
}
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, (event) => point(event, true));
for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, (event) => point(event, false));

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom-to]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const viewer = link.closest(".viewer");
  for (const each of viewer.querySelectorAll("[data-zoom-to]")) each.toggleAttribute("aria-current", false);
  link.setAttribute("aria-current", "true");
  viewer.querySelector("img").sizes = link.dataset.zoomTo > 100 ? "90rem" : "(min-width: 60rem) 42rem, 100vw";
  viewer.dataset.zoom = link.dataset.zoomTo;
  const picked = viewer.querySelector(".highlight[aria-current]");
  if (picked) reveal(viewer.querySelector(".viewer-frame"), picked);
});
