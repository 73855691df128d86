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

// Words are measured as they are typed: by the desk, which asks the same rules as for everything that goes out.
for (const form of document.querySelectorAll("form[data-measure]")) {
  const blocks = [...form.querySelectorAll("[data-account]")];
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => blocks.forEach((block) => measure(form, block)), 350);
  });
}

async function measure(form, block) {
  const account = block.dataset.account;
  const own = form.elements.namedItem(`body-${account}`);
  const common = form.elements.namedItem("text");
  const body = own.value.trim() || common?.value.trim() || "";
  if (!body && common) return measured(block, own, { count: "The library's own wording", reasons: [] });
  const sent = new URLSearchParams(new FormData(form));
  sent.set("account", account);
  sent.set("body", body);
  const asked = ["account", "body", "fact", "day", "when"].map((name) => sent.get(name)).join("\n");
  if (block.dataset.asked === asked) return;
  block.dataset.asked = asked;
  let told;
  try {
    const answer = await fetch(form.dataset.measure, { method: "POST", body: sent });
    told = await answer.json();
  } catch {
    told = { problem: "Not measured: the desk did not answer as it should. Your words are still here." };
    delete block.dataset.asked;
  }
  if (block.dataset.asked && block.dataset.asked !== asked) return; // overtaken by later typing
  if (told.problem) return measured(block, own, { count: told.problem, reasons: [] });
  measured(block, own, { ...told, count: `${told.length} of ${told.limit}` });
}

function measured(block, own, { count, reasons, pieces, length = 0, limit = 0 }) {
  const shown = block.querySelector(".count");
  shown.textContent = count;
  shown.classList.toggle("over", length > limit);
  block.querySelector(".against").replaceChildren(...reasons.map((reason) => piece("li", reason)));
  if (own.value.trim() && reasons.length) own.setAttribute("aria-invalid", "true");
  else own.removeAttribute("aria-invalid");
  if (!pieces) return;
  const card = document.querySelector(`[data-card="${CSS.escape(block.dataset.account)}"]`);
  if (!card) return;
  card.querySelector(".words").replaceChildren(
    ...pieces.map(({ text, kind }) => (kind === "plain" ? text : piece("span", text, "tag"))),
  );
  card.querySelector(".count").textContent = count;
  card.querySelector(".count").classList.toggle("over", length > limit);
  card.querySelector("meter").value = length;
}

function piece(name, text, style = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (style) made.className = style;
  else made.dir = "auto";
  return made;
}
