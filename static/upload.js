// Makes a file field a place to drop a file on, or to paste one. What is chosen is sent at once, and the field comes
// back from the server with what is known of the document. Without this it is a plain file field.

const form = (element) => element.closest("form");
const zoneOf = (element) => element.closest("[data-drop-zone]");
const part = (zone, name) => zone.querySelector(`[data-drop-${name}]`);
const inputOf = (zone) => zone.querySelector("input[type=file]");
const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function say(zone, text) {
  part(zone, "name").textContent = text;
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function ready(root) {
  for (const zone of root.querySelectorAll("[data-drop-zone='']")) {
    zone.dataset.dropZone = "ready";
    part(zone, "hint").hidden = false;
  }
}

function setBusy(zone, isBusy) {
  zone.toggleAttribute("data-filled", isBusy);
  part(zone, "progress").hidden = !isBusy;
  part(zone, "cancel").hidden = !isBusy;
  form(zone).toggleAttribute("data-uploading", isBusy);
}

function give(zone, files) {
  if (files.length !== 1) return say(zone, "One file at a time, please.");
  const transfer = new DataTransfer();
  transfer.items.add(files[0]);
  inputOf(zone).files = transfer.files;
  inputOf(zone).dispatchEvent(new Event("change", { bubbles: true }));
}

// What the server would refuse for its size is not sent. Before anybody else hears of the change.
document.addEventListener("change", (event) => {
  const zone = event.target.type === "file" && zoneOf(event.target);
  if (zone) {
    const file = event.target.files[0];
    const largest = Number(zone.dataset.largest);
    if (file && file.size <= largest) return say(zone, `${file.name} (${megabytes(file.size)})`);
    event.stopPropagation();
    say(zone, file ? `${file.name} is larger than ${megabytes(largest)}: it can not be taken.` : "");
    event.target.value = "";
  } else if (!event.target.matches("[data-drop-choice]")) {
    // Whether there is a result already depends on the whole input.
    form(event.target)?.querySelector("[data-drop-choice]")?.dispatchEvent(new Event("recheck"));
  }
}, { capture: true });

document.addEventListener("htmx:beforeSend", (event) => {
  const zone = zoneOf(event.target);
  if (zone && event.target === inputOf(zone)) setBusy(zone, true);
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const zone = zoneOf(event.target);
  if (!zone || !event.detail.lengthComputable || event.detail.loaded === 0) return;
  part(zone, "progress").value = (100 * event.detail.loaded) / event.detail.total;
});

// Told to what is still on the page: the field itself has been replaced when all went well.
document.addEventListener("htmx:afterRequest", (event) => {
  const input = event.detail.requestConfig.elt;
  if (!input.matches("[data-drop-zone] input[type=file]")) return;
  document.querySelector("form[data-uploading]")?.removeAttribute("data-uploading");
  if (event.detail.successful || !input.isConnected) return;
  const zone = zoneOf(input);
  setBusy(zone, false);
  say(zone, input.files.length ? "The upload did not arrive. The file is sent with the form when you press Run." : "");
});

// Whoever pressed Run while the file was on its way: it is not sent twice.
const waiting = new WeakMap();
document.addEventListener("submit", (event) => {
  if (!event.target.hasAttribute("data-uploading")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting.set(event.target, event.submitter);
  announce("Starts as soon as the file has arrived.");
}, { capture: true });

document.addEventListener("htmx:load", (event) => {
  const loaded = event.detail.elt;
  ready(loaded.parentElement ?? loaded);
  const card = loaded.querySelector?.(".preflight:has(*)") ?? (loaded.matches?.(".preflight") ? loaded : null);
  if (card && event.target !== document.body) announce(card.innerText);
  const sent = loaded.matches?.(".field") && form(loaded);
  if (!sent || !waiting.has(sent)) return;
  const submitter = waiting.get(sent);
  waiting.delete(sent);
  if (!loaded.querySelector("[data-tone=danger], .complaints")) sent.requestSubmit(submitter);
});

document.addEventListener("click", (event) => {
  const zone = event.target.closest("[data-drop-cancel]") && zoneOf(event.target);
  if (!zone) return;
  inputOf(zone).value = "";
  waiting.delete(form(zone));
  inputOf(zone).dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: { elt: inputOf(zone) } }));
});

for (const kind of ["dragenter", "dragover"])
  document.addEventListener(kind, (event) => {
    const zone = zoneOf(event.target);
    if (!zone) return;
    event.preventDefault();
    zone.setAttribute("data-over", "");
  });
for (const kind of ["dragleave", "drop"])
  document.addEventListener(kind, (event) => zoneOf(event.target)?.removeAttribute("data-over"));
document.addEventListener("drop", (event) => {
  const zone = zoneOf(event.target);
  if (!zone) return;
  event.preventDefault();
  give(zone, event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  const zone = document.querySelector("[data-drop-zone]");
  if (!zone || event.target.closest("textarea, input:not([type=file])")) return;
  const text = event.clipboardData.getData("text/plain");
  const files = event.clipboardData.files.length
    ? event.clipboardData.files
    : text && [new File([text], "Pasted text.txt", { type: "text/plain" })];
  if (files) give(zone, files);
});

ready(document);
