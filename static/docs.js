// Draws the calls of the API with Swagger UI, which is a classic script and so a global.

const root = document.documentElement;
const place = document.getElementById("_api_calls");
const settings = JSON.parse(document.getElementById("api-settings").textContent);
const darkness = matchMedia("(prefers-color-scheme: dark)");

// Swagger UI has its own word for the dark.
function paint() {
  const { theme } = root.dataset;
  root.classList.toggle("dark-mode", theme === "dark" || (theme !== "light" && darkness.matches));
}

darkness.addEventListener("change", paint);
new MutationObserver(paint).observe(root, { attributeFilter: ["data-theme"] });
paint();

window.SwaggerUIBundle({
  ...settings,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  // A browser's session changes nothing without this; to a token it means nothing.
  requestInterceptor: (request) => {
    if (new URL(request.url, location.href).origin === location.origin)
      request.headers["X-CSRFToken"] = place.dataset.csrfToken;
    return request;
  },
});
