// Comforts only: every page works without this file.
"use strict";

// A form that is on its way is not sent a second time by an impatient click.
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  // Whoever comes back with the browser's own button finds it ready again.
  addEventListener("pageshow", () => delete event.target.dataset.sent, { once: true });
});

// Wherever a mistake is shown, the first field that has one is where the typing goes on.
addEventListener("DOMContentLoaded", () => document.querySelector("[aria-invalid=true]")?.focus());
