// Makes a file field a place to drop a file on. Without this it is a plain file field.

function nameOf(zone) {
  const file = zone.querySelector("input[type=file]").files[0];
  return file ? `${file.name} (${(file.size / 1024 / 1024).toFixed(1)} MB)` : "";
}

for (const zone of document.querySelectorAll("[data-drop-zone]")) {
  const input = zone.querySelector("input[type=file]");
  zone.dataset.dropZone = "ready";
  zone.querySelector("[data-drop-hint]").hidden = false;

  input.addEventListener("change", () => {
    zone.querySelector("[data-drop-name]").textContent = nameOf(zone);
    zone.toggleAttribute("data-filled", input.files.length > 0);
  });
  // Whoever picks an earlier document means that one.
  zone.parentElement.querySelector("[data-drop-choice]").addEventListener("change", () => {
    input.value = "";
    input.dispatchEvent(new Event("change"));
  });
  for (const kind of ["dragenter", "dragover"])
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.setAttribute("data-over", "");
    });
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.removeAttribute("data-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length !== 1) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
}
