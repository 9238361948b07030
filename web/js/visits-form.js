// The one screen where a visit is written: filled from what is known, read into what is sent.
import { dayOf, dayWords, officeNow, whoOf, word } from "./visits-words.js";

const $ = (id) => document.getElementById(id);
const form = () => $("visit");
const all = (name) => [...form().querySelectorAll(`[name=${name}]`)];
const phrases = () => [...form().querySelectorAll("[data-phrase]")];
let household = null; // as the plan has it; what is known of it where the plan is gone
let untouched = new Set(); // findings whose words still follow the line

// `visit` is one that was written before: a draft, or one that was refused.
export function fill(each, visit, plan) {
  household = each;
  form().reset();
  untouched = new Set(all("found").map((box) => box.value));
  const today = dayOf(officeNow(plan));
  $("on").value = (visit && visit.on) || today;
  $("on").max = today;
  $("remark").value = each.remark || "";
  $("remark").parentElement.hidden = each.remark === null; // nobody writes over what they were not told
  $("phone-now").textContent = each.phone || each.phone_masked ? word("phoneNow", each.phone || each.phone_masked) : "";
  $("more").open = false;
  const call = $("call");
  call.hidden = !each.phone;
  if (each.phone) {
    call.firstElementChild.href = "tel:" + each.phone;
    call.firstElementChild.textContent = word("call", each.phone);
  }
  $("know").hidden = !each.remark;
  $("know").textContent = each.remark || "";
  if (visit) {
    for (const box of all("mode")) box.checked = box.value === visit.mode;
    for (const box of all("services")) box.checked = visit.services.indexOf(box.value) >= 0;
    $("note").value = visit.note;
    for (const { kind, words } of visit.findings) {
      for (const box of all("found")) if (box.value === kind) box.checked = true;
      $("words-" + kind).value = words;
      untouched.delete(kind);
    }
    const { remark, phone } = visit.changes;
    if (remark !== undefined) $("remark").value = remark;
    if (phone !== undefined) $("phone").value = phone;
    $("more").open = remark !== undefined || phone !== undefined || visit.on !== today;
  }
  follow();
}

// What follows from what is chosen and written.
function follow() {
  const note = $("note").value;
  for (const button of phrases()) button.setAttribute("aria-pressed", String(note.indexOf(button.dataset.phrase) >= 0));
  for (const box of all("found")) {
    $("found-" + box.value).hidden = !box.checked;
    if (box.checked && untouched.has(box.value)) $("words-" + box.value).value = note;
  }
}

function press(button) {
  const note = $("note");
  const { phrase } = button.dataset;
  if (button.getAttribute("aria-pressed") === "true") {
    note.value = note.value.split(phrase).join("").replace(/^[，。\s]+|[，\s]+$/g, "").replace(/，+/g, "，");
  } else {
    const before = note.value.replace(/[，。\s]+$/, "");
    note.value = (before ? before + "，" : "") + phrase;
  }
}

export function listen(changed) {
  form().addEventListener("click", (event) => {
    const button = event.target.closest("[data-phrase]");
    if (!button) return;
    press(button);
    follow();
    changed();
  });
  form().addEventListener("input", (event) => {
    const kind = /^words-(.+)$/.exec(event.target.id);
    if (kind) untouched.delete(kind[1]);
    follow();
    changed();
  });
  form().addEventListener("change", () => { follow(); changed(); }); // radios of old browsers send no input
}

// As it is sent (visits-outbox.js adds its key).
export function read() {
  const note = $("note").value.trim();
  const away = phrases().some((button) => button.hasAttribute("data-away") && button.getAttribute("aria-pressed") === "true");
  const changes = {};
  const remark = $("remark").value.trim();
  const phone = $("phone").value.trim();
  if (remark !== (household.remark || "").trim()) changes.remark = remark;
  if (phone && phone !== household.phone) changes.phone = phone;
  return {
    household: household.id,
    on: $("on").value || $("on").max,
    mode: all("mode").filter((box) => box.checked)[0].value,
    met: !away,
    services: all("services").filter((box) => box.checked).map((box) => box.value),
    note,
    version: household.version,
    changes,
    findings: all("found").filter((box) => box.checked).map((box) => ({ kind: box.value, words: $("words-" + box.value).value.trim() || note })),
  };
}

export const isEmpty = (visit) => !visit.services.length && !visit.note && !visit.findings.length && !Object.keys(visit.changes).length;

// The field that must be put right before it may go, or null.
export function missing(visit) {
  const bare = visit.findings.filter((each) => !each.words)[0];
  return bare ? $("words-" + bare.kind) : null;
}

export function head(each, last) {
  return [whoOf(each), [each.tier_label, last ? word("last", dayWords(last.on)) : ""].filter(Boolean).join("·")];
}
