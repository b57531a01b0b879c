// Dialogs: [data-opens=id] opens, [data-closes] and a click beside it close. What opens one is a link where it must work without this.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    return document.getElementById(opener.dataset.opens).showModal();
  }
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-closes]"))) dialog.close();
});
