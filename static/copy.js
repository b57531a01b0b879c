// Buttons that copy the text of another element: as it stands, or a table's with tabs between its cells.

function reveal(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

function line(row) {
  const cells = [...row.cells].filter((cell) => !cell.hasAttribute("data-uncopied"));
  return cells.map((cell) => cell.dataset.copied ?? cell.innerText.replace(/\s+/g, " ").trim()).join("\t");
}

function textOf(element) {
  if (element instanceof HTMLTableElement) return [...element.rows].filter((row) => !row.hidden).map(line).join("\n");
  if (element instanceof HTMLTableRowElement) return line(element);
  return element.dataset.copied ?? element.textContent;
}

reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));
document.addEventListener("agentsite:fragments", () => reveal(document));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  // Without a name, the table beside it.
  const copied = button.dataset.copy ? document.getElementById(button.dataset.copy) : button.closest(".copyable").querySelector("table");
  await navigator.clipboard.writeText(textOf(copied));
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = "Copied";
  if (before !== "Copied") setTimeout(() => (label.textContent = before), 1500);
});
