/* Small behaviour by data attributes. Every page works without it. */
"use strict";
(() => {
  const root = document.documentElement;
  const order = ["auto", "light", "dark"];

  const showTheme = (mode) => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-label", button.dataset[`label${mode[0].toUpperCase()}${mode.slice(1)}`]);
      for (const icon of button.querySelectorAll("[data-theme-icon]")) {
        icon.toggleAttribute("hidden", icon.dataset.themeIcon !== mode);
      }
    }
  };

  const setTheme = (mode) => {
    if (mode === "auto") {
      delete root.dataset.theme;
    } else {
      root.dataset.theme = mode;
    }
    try {
      localStorage.setItem("theme", mode);
    } catch {
      // Not kept then; the page still changes.
    }
    showTheme(mode);
  };

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText("value" in source ? source.value : source.textContent.trim());
    const label = button.querySelector("[data-copy-label]") ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.copied;
    setTimeout(() => {
      label.textContent = before;
    }, 1600);
  };

  const closeMenusBeside = (element) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(element)) {
        menu.open = false;
      }
    }
  };

  document.addEventListener("focusin", (event) => closeMenusBeside(event.target));

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-theme-switch], [data-copy], [data-dialog], [data-toggle]");
    closeMenusBeside(event.target);
    if (!target) {
      return;
    }
    if ("themeSwitch" in target.dataset) {
      setTheme(order[(order.indexOf(root.dataset.theme ?? "auto") + 1) % order.length]);
    } else if (target.dataset.copy) {
      void copy(target);
    } else if (target.dataset.dialog) {
      document.getElementById(target.dataset.dialog).showModal();
    } else {
      const open = target.getAttribute("aria-expanded") !== "true";
      target.setAttribute("aria-expanded", String(open));
      document.getElementById(target.getAttribute("aria-controls")).classList.toggle("is-open", open);
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // "/" goes to the search field, unless somebody types in another one.
  document.addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-search]");
    const types = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && field && !types && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
    }
  });

  // Bars that scroll sideways on a phone start with the current item in view.
  for (const item of document.querySelectorAll(".sidenav [aria-current], .tabs [aria-current]")) {
    const bar = item.closest(".sidenav, .tabs");
    if (bar.scrollWidth > bar.clientWidth) {
      const from = item.getBoundingClientRect();
      const frame = bar.getBoundingClientRect();
      bar.scrollLeft += from.left + from.width / 2 - frame.left - frame.width / 2;
    }
  }

  // Back from a sign-in or step-up for a file: follow the link to it on this page, once.
  const page = new URL(location.href);
  const wanted = page.searchParams.get("download");
  if (wanted) {
    page.searchParams.delete("download");
    history.replaceState(null, "", page);
    [...document.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === wanted)?.click();
  }

  showTheme(root.dataset.theme ?? "auto");
})();
