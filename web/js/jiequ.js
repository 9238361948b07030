// What a clerk's page runs. Everything here only makes easier what works without it.
import htmx from "htmx.org";
import { breakBetweenWords } from "./words.js";
import { dialogs } from "./dialogs.js";
import { guardForms } from "./forms.js";
import { listen } from "./pulse.js";
import { rows } from "./rows.js";
import { switches } from "./switches.js";
import { visitsDoor } from "./visits-door.js";

window.htmx = htmx;
htmx.config.includeIndicatorStyles = false; // the content policy allows no inline style
htmx.config.allowEval = false;
htmx.config.historyCacheSize = 0; // pages hold personal data: keep none in the browser's storage

htmx.config.allowScriptTags = false;
// A form that comes back with errors (422) or a rule that says no (409) is drawn like an answer; it is one.
htmx.config.responseHandling = [{ code: "204", swap: false }, { code: "[23]..", swap: true }, { code: "4(09|22)", swap: true }, { code: "[45]..", swap: false, error: true }];
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]");
  if (token && token.content) event.detail.headers["X-CSRFToken"] = token.content;
});

const said = () => document.getElementById("said");
function say(words) {
  const place = said();
  if (!place) return;
  place.textContent = words;
  place.hidden = false;
}
document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline));
document.addEventListener("htmx:responseError", () => say(document.body.dataset.failed));
document.addEventListener("htmx:afterSwap", (event) => {
  if (said()) said().hidden = true;
  breakBetweenWords(event.target);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector(".searchbox input");
    if (search) { event.preventDefault(); search.focus(); }
  }
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.where[open], details.menu[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.where[open], details.menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  const copier = event.target.closest("[data-copy]");
  if (copier) navigator.clipboard?.writeText(copier.dataset.copy).then(() => { copier.textContent = copier.dataset.copied; });
  if (event.target.closest("[data-print]")) print();
});
document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-auto]")) event.target.form.requestSubmit();
});

dialogs();
switches();
guardForms();
rows();
visitsDoor();
const wrong = document.querySelector("[data-focus]");
if (wrong) wrong.focus(); // a form that came back begins with what is wrong
breakBetweenWords();

// A page that must stay right by itself listens to its meeting's pulse (data-pulse), or asks every ten seconds where it has
// none; never over what somebody is typing into it.
const typed = (place) => [...place.querySelectorAll("input, textarea, select")].some((field) => field === document.activeElement ||
  (field.matches("select") ? [...field.options].some((o) => o.selected !== o.defaultSelected && o.defaultSelected) : field.value !== field.defaultValue || field.checked !== field.defaultChecked));
const busy = (place) => document.querySelector("dialog[open]") || typed(place);
const parts = (place) => [...place.querySelectorAll("details")].map((part) => ({ part, says: part.querySelector("summary")?.textContent }));
for (const place of document.querySelectorAll("[data-pulse][data-poll]")) {
  let open = []; // what was unfolded stays so
  place.addEventListener("htmx:beforeSwap", () => { open = parts(place).filter((each) => each.part.open).map((each) => each.says); });
  place.addEventListener("htmx:afterSwap", () => { for (const each of parts(place)) if (open.includes(each.says)) each.part.open = true; });
  let seen = Number(place.dataset.version);
  document.addEventListener("htmx:sendError", () => { seen = -1; });
  listen(place.dataset.pulse, {
    heard(said) {
      for (const cast of place.querySelectorAll("[data-cast-words]")) if (said.cast !== null) cast.textContent = cast.dataset.castWords.replace("%s", said.cast);
      if (said.v === seen || busy(place)) return;
      seen = said.v;
      htmx.trigger(place, "poll");
    },
  });
}
setInterval(() => {
  for (const place of document.querySelectorAll("[data-poll]:not([data-pulse])")) {
    if (!busy(place) && !document.hidden) htmx.trigger(place, "poll");
  }
}, 10000);
