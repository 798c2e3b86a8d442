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
      field.select();
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

  // Drafts: what is typed into a posting form stays in this tab until the form is filed: through errors, a session that
  // ends, a step-up and the back button. Kept are forms with a field to type in, never one that proves who somebody is.
  // data-draft="off" keeps nothing of a form or field; data-draft="NAME" on a form makes its steps share one draft, on
  // a tick box names it where its value changes from page to page.
  const { person, kept, discard } = document.currentScript.dataset;
  const own = `draft:${person}:`;
  const typed =
    "textarea, input:not([type]), input:is([type=text], [type=email], [type=search], [type=number], [type=url]," +
    " [type=date], [type=datetime-local])";
  const unkept =
    "button, fieldset, output, :disabled, [readonly], [multiple], [data-draft=off]," +
    " input:is([type=hidden], [type=password], [type=file], [type=submit], [type=button])";
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";
  const nameOf = (field) => (isTick(field) ? `${field.name}=${field.dataset.draft ?? field.value}` : field.name);
  const valueOf = (field) => (isTick(field) ? field.checked : field.value);
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !field.matches(unkept));

  const shownAs = (field) => {
    if (isTick(field)) {
      return field.defaultChecked;
    }
    const chosen = field.options && ([...field.options].find((one) => one.defaultSelected) ?? field.options[0]);
    return field.options ? chosen?.value : field.defaultValue;
  };

  const fill = (field, value) => {
    if (isTick(field)) {
      field.checked = value;
    } else {
      field.value = value;
    }
  };

  const keyOf = (form) => {
    const isOn = form.method === "post" && form.dataset.draft !== "off";
    const proves = form.querySelector("[type=password], [autocomplete=one-time-code], [name=code]");
    if (!isOn || proves || !(form.dataset.draft || form.querySelector(typed))) {
      return null;
    }
    const address = new URL(form.getAttribute("action") ?? "", location.href).pathname;
    return `${own}${address}#${form.dataset.draft ?? ""}`;
  };

  const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft:"));
  const read = (key) => JSON.parse(sessionStorage.getItem(key) ?? "null");
  const write = (key, draft) => sessionStorage.setItem(key, JSON.stringify(draft));
  const drop = (key) => sessionStorage.removeItem(key);

  const count = (form) => {
    for (const shown of form.querySelectorAll("[data-count]")) {
      // As the server counts: whole characters, and two for the end of a line.
      shown.textContent = [...form.elements[shown.dataset.count].value.replaceAll("\n", "\r\n")].length;
    }
  };

  const say = (form, key) => {
    const note = document.createElement("div");
    const button = document.createElement("button");
    note.className = "alert info draft";
    note.setAttribute("role", "status");
    note.append(Object.assign(document.createElement("div"), { textContent: kept }), button);
    Object.assign(button, { type: "button", className: "btn btn-sm", textContent: discard });
    button.addEventListener("click", () => {
      drop(key);
      form.reset();
      count(form);
      note.remove();
      fieldsOf(form)[0].focus();
    });
    form.before(note);
  };

  const restore = (form, key, draft, isStep) => {
    let changed = false;
    for (const field of fieldsOf(form).filter((each) => nameOf(each) in draft.fields)) {
      const name = nameOf(field);
      if (isStep && draft.sent.includes(name) && valueOf(field) !== "") {
        draft.fields[name] = valueOf(field); // a step answered: what it shows now is newer
      } else if (draft.fields[name] !== shownAs(field)) {
        fill(field, draft.fields[name]);
        field.closest("details")?.setAttribute("open", ""); // what is sent is seen
        changed = true;
      }
    }
    write(key, { fields: draft.fields });
    if (changed) {
      say(form, key);
    }
  };

  const restoreAll = () => {
    const visit = performance.getEntriesByType("navigation")[0];
    const isAnswer = visit.type === "navigate" && !(visit.responseStatus >= 400);
    // A form that was filed leads to another address, which does not ask who somebody is.
    const isFiled = isAnswer && visit.redirectCount > 0 && !new URLSearchParams(location.search).has("next");
    const forms = new Map([...document.forms].map((form) => [keyOf(form), form]));
    for (const key of keys()) {
      const draft = read(key);
      const isSent = draft.sent && !draft.away;
      const form = forms.get(key);
      if ((person && !key.startsWith(own)) || (isSent && isFiled && key.startsWith(own) && !form?.dataset.draft)) {
        drop(key);
      } else if (form) {
        restore(form, key, draft, isSent && isAnswer && form.dataset.draft);
      } else if (isSent) {
        write(key, { ...draft, away: true });
      }
    }
  };

  const keep = (form, sent) => {
    const key = keyOf(form);
    const draft = key && (read(key) ?? (sent ? null : { fields: {} }));
    if (!draft) {
      return;
    }
    const fields = fieldsOf(form).map((field) => [nameOf(field), valueOf(field)]);
    const names = fields.map(([name]) => name);
    write(key, { fields: { ...draft.fields, ...Object.fromEntries(fields) }, ...(sent && { sent: names }) });
  };

  const orNothing = (act) => {
    try {
      act();
    } catch {
      // The browser keeps nothing for this site; the page works without.
    }
  };

  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => {
      if (target.form) {
        orNothing(() => keep(target.form));
        count(target.form);
      }
    });
  }
  document.addEventListener("submit", ({ target }) => {
    const isSignOut = target.getAttribute("action")?.endsWith("/logout/");
    orNothing(() => (isSignOut ? keys().forEach(drop) : keep(target, true)));
  });
  orNothing(restoreAll);
  for (const form of document.forms) {
    count(form);
  }

  showTheme(root.dataset.theme ?? "auto");
})();
