/* Loaded in the head, before the first paint: a stored choice of theme wins over the system's. */
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.replace("no-js", "js");
  let stored = null;
  try {
    stored = localStorage.getItem("theme");
  } catch {
    // Storage may be blocked; the system's theme then stands.
  }
  if (stored === "light" || stored === "dark") {
    root.dataset.theme = stored;
  }
})();
