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

// Wherever a mistake is shown, the first field that has one is where the typing goes on. An address with a # takes
// the focus away while the page loads, hence once more at its end.
for (const moment of ["DOMContentLoaded", "load"]) {
  addEventListener(moment, () => {
    if (document.activeElement === document.body) document.querySelector("[aria-invalid=true]")?.focus();
  });
}

// An image that is too large is told before it is sent for nothing.
for (const field of document.querySelectorAll("input[data-most]")) {
  field.addEventListener("change", () => {
    const over = field.files[0]?.size > Number(field.dataset.most);
    field.setCustomValidity(over ? "This image is too large: save a smaller one, of at most 10 MB." : "");
    if (over) field.reportValidity();
  });
}

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
  measured(block, own, { ...told, count: countOf(told) });
}

function countOf({ length, limit, thread }) {
  return `${length} of ${limit}${thread.length ? `, the first of ${thread.length + 1} posts` : ""}`;
}

function measured(block, own, { count, reasons, pieces, thread = [], length = 0, limit = 0 }) {
  const shown = block.querySelector(".count");
  shown.textContent = count;
  shown.classList.toggle("over", length > limit);
  block.querySelector(".against").replaceChildren(...reasons.map((reason) => piece("li", reason)));
  if (own.value.trim() && reasons.length) own.setAttribute("aria-invalid", "true");
  else own.removeAttribute("aria-invalid");
  if (!pieces) return;
  const card = document.querySelector(`[data-card="${CSS.escape(block.dataset.account)}"]`);
  if (!card) return;
  const words = card.querySelector(".words");
  words.replaceChildren(...inked(pieces));
  goOn(card.querySelector("[data-thread]"), thread, words.lang);
  card.querySelector(".count").textContent = count;
  card.querySelector(".count").classList.toggle("over", length > limit);
  card.querySelector("meter").value = length;
}

// The posts of a thread but the first, as cards.html.j2 has them.
function goOn(list, thread, lang) {
  list.hidden = !thread.length;
  list.start = 2;
  list.setAttribute("aria-label", "The thread goes on");
  const parts = thread.map(({ length, limit, pieces }, place) => {
    const part = document.createElement("li");
    const over = length > limit ? " over" : "";
    const count = piece("p", `Post ${place + 2} of ${thread.length + 1}: ${length} of ${limit}`, `count${over}`);
    const words = piece("div", "", "words");
    Object.assign(words, { lang, dir: "auto" });
    words.append(...inked(pieces));
    part.append(count, words);
    return part;
  });
  list.replaceChildren(...parts);
}

function inked(pieces) {
  return pieces.map(({ text, kind }) => (kind === "plain" ? text : piece("span", text, "tag")));
}

function piece(name, text, style = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (style) made.className = style;
  else made.dir = "auto";
  return made;
}
