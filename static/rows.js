// A list of entries in a form: [data-adds-row=ID] adds an empty line to that table, as long as there are less than data-most.

function reveal(root) {
  for (const button of root.querySelectorAll("[data-adds-row]")) button.hidden = false;
}

reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));
document.addEventListener("agentsite:fragments", () => reveal(document));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-adds-row]");
  if (!button) return;
  const { rows } = document.getElementById(button.dataset.addsRow).tBodies[0];
  const number = rows.length;
  const row = rows[number - 1].cloneNode(true);
  for (const control of row.querySelectorAll("[name]")) {
    control.name = control.name.replace(/-\d+-/, `-${number}-`);
    control.ariaLabel = control.ariaLabel.replace(/\d+$/, number + 1);
    if (control instanceof HTMLSelectElement) control.selectedIndex = 0;
    else control.value = "";
  }
  rows[number - 1].after(row);
  row.querySelector("[name]").focus();
  button.hidden = number + 1 >= Number(button.dataset.most);
});
