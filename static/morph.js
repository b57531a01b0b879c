// Makes one element like another while keeping its nodes: what is not touched is not disturbed.

// What readers and other scripts have set: an open <details>, a form that has been sent, a height that is kept.
const OURS = new Set(["open", "data-sent", "style"]);

export function morph(from, to) {
  const active = document.activeElement;
  const selection = selectionOf(active);
  const steady = [from, ...from.querySelectorAll("[data-steady]")].filter((each) => each.matches("[data-steady]"));
  const heights = steady.map((each) => each.offsetHeight);
  const result = morphNode(from, to);
  steady.forEach((each, index) => keepHeight(each, heights[index]));
  if (active !== document.activeElement && active.isConnected && active !== document.body) {
    active.focus({ preventScroll: true });
    if (selection) active.setSelectionRange(...selection);
  }
  return result;
}

function keepHeight(element, height) {
  if (element.isConnected && element.offsetHeight < height) element.style.minHeight = `${height}px`;
}

addEventListener("resize", () => {
  for (const element of document.querySelectorAll("[data-steady]")) element.style.minHeight = "";
});

function selectionOf(field) {
  try {
    return typeof field.selectionStart === "number" ? [field.selectionStart, field.selectionEnd] : null;
  } catch {
    return null;
  }
}

function morphNode(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return from;
  }
  if (from.dataset?.keep === "" || from.isEqualNode(to)) return from;
  // A moment's words are the reader's, kept fresh by times.js; another moment is another element.
  if (from.tagName === "TIME") {
    if (from.dateTime !== to.dateTime) from.replaceWith(document.importNode(to, true));
    return from;
  }
  morphAttributes(from, to);
  morphChildren(from, to);
  return from;
}

function morphAttributes(from, to) {
  const kept = new Set([...OURS, ...(from.dataset?.keep ?? "").split(" ")]);
  for (const { name, value } of [...to.attributes])
    if (!kept.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes])
    if (!kept.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
}

function morphChildren(from, to) {
  const ids = new Set([...to.children].map((child) => child.id).filter(Boolean));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = match(place, wanted, ids);
    if (!found) {
      from.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    // What stands before it and is wanted later, by its id, stays; the rest is gone.
    while (place !== found && !ids.has(place.id)) place = removed(place);
    if (place === found) place = found.nextSibling;
    else from.insertBefore(found, place);
    morphNode(found, wanted);
  }
  while (place) place = removed(place);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// The node at or after `place` that is to become `wanted`: the one of its id, else the next of its kind without one.
function match(place, wanted, ids) {
  if (wanted.nodeType !== Node.ELEMENT_NODE) return place?.nodeType === wanted.nodeType ? place : null;
  for (let node = place; node; node = node.nextSibling) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    if (wanted.id || ids.has(node.id) ? node.id === wanted.id && node.tagName === wanted.tagName : alike(node, wanted))
      return node;
  }
  return null;
}

function alike(node, wanted) {
  return !node.id && node.tagName === wanted.tagName;
}
