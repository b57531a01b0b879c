// Changes the theme at once, so that nothing typed on the page is lost. Without this the form does it, with a reload.

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-choice]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { value } = event.submitter;
  const sent = new FormData(form, event.submitter);
  document.documentElement.dataset.theme = value;
  document.querySelector("meta[name=color-scheme]").content = value === "system" ? "light dark" : value;
  for (const button of document.querySelectorAll("[data-theme-choice] button"))
    button.ariaPressed = String(button.value === value);
  fetch(form.action, { method: "POST", body: sent, redirect: "manual" });
}, true);
