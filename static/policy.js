// The editor of policies: numbers beside the lines, Enter keeps the indentation, and a fault leads to its line.

const text = document.querySelector("textarea[data-lined]");

function number(gutter) {
  const count = text.value.split("\n").length;
  if (gutter.dataset.count === String(count)) return;
  gutter.dataset.count = count;
  gutter.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
  gutter.scrollTop = text.scrollTop;
}

function keepIndentation(event) {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const line = text.value.slice(0, text.selectionStart).split("\n").pop();
  const indentation = line.match(/^ */)[0];
  if (!indentation) return;
  event.preventDefault();
  text.setRangeText(`\n${indentation}`, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function leadTo(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, each) => length + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  text.scrollTop = (text.scrollHeight * Math.max(0, line - 6)) / lines.length;
}

if (text) {
  const gutter = document.createElement("pre");
  gutter.setAttribute("aria-hidden", "true");
  text.before(gutter);
  number(gutter);
  text.addEventListener("input", () => number(gutter));
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  text.addEventListener("keydown", keepIndentation);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link) return;
    event.preventDefault();
    leadTo(Number(link.dataset.line));
  });
}
