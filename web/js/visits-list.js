// Draws the two lists of the visits' page: today's doors in the order of the stairs, and what is still on this phone.
import { aboutOf, dayWords, floorOf, momentWords, part, tag, whoOf, word } from "./visits-words.js";

const $ = (id) => document.getElementById(id);
const MOST_CELLS = 30;

// The newest that was written on this phone about a household, if anything was.
export const written = (rows, id) => rows.filter((row) => String(row.what.visit.household) === String(id)).slice(-1)[0];
// What may have arrived already is not written over: its answer may only have been lost.
const mayEdit = (row) => row.state === "refused" || row.state === "draft" || (row.state === "waiting" && !row.tried);
const done = (row) => Boolean(row && row.state !== "draft");

export function drawPlan(plan, rows, today) {
  const list = (plan ? plan.households.slice() : []).concat(gone(plan, rows)).sort((a, b) => a.order - b.order);
  const isLeft = (each) => !done(written(rows, each.id));
  const now = list.filter((each) => !isLeft(each) || !each.due_on || each.due_on <= today);
  const left = now.filter(isLeft);
  const later = list.length - now.length;
  $("h-plan").textContent = !plan ? word("lost") : !list.length ? word("none") : !now.length ? word("soon", later)
    : left.length ? word("go", now.length) : word("all", now.length);
  $("plan-left").textContent = [left.length && left.length < now.length ? word("left", left.length) : "", now.length && later ? word("later", later) : ""].filter(Boolean).join("，");
  $("plan-none").hidden = list.length > 0;
  $("plan-none").firstElementChild.textContent = plan ? word("noneSay") : word("lostSay");
  $("plan-until").textContent = plan ? word("until", momentWords(Date.parse(plan.as_of) + (plan.until - plan.got))) : "";
  $("plan-acts").hidden = !plan;
  $("take").hidden = !list.some((each) => !("name" in each) && isLeft(each));
  meter(now.length, now.length - left.length);
  const next = left[0] || list.filter(isLeft)[0];
  const groups = new Map();
  for (const each of list) groups.set(each.place, (groups.get(each.place) || []).concat(each));
  $("plan-rows").textContent = "";
  groups.forEach((some, place) => {
    const section = part("building");
    section.querySelector("h2").textContent = place;
    section.querySelector("p").textContent = word("count", some.length);
    for (const each of some) section.querySelector("ul").append(stop(each, written(rows, each.id), each === next, today));
    $("plan-rows").append(section);
  });
}

// What was written here today and is in no plan any more stays in its place in the list, as done.
function gone(plan, rows) {
  if (!plan) return [];
  const there = new Set(plan.households.map((each) => String(each.id)));
  const found = new Map();
  for (const row of rows) {
    const { about } = row.what;
    if (row.state !== "draft" && about && about.id && !there.has(String(about.id))) found.set(String(about.id), about);
  }
  return [...found.values()];
}

function meter(all, past) {
  const box = $("plan-meter");
  box.hidden = !all || all > MOST_CELLS;
  box.setAttribute("aria-label", word("meter", all, past));
  box.textContent = "";
  for (let n = 0; n < all && n < MOST_CELLS; n += 1) {
    const cell = document.createElement("i");
    if (n < past) cell.className = "on";
    box.append(cell);
  }
}

function stop(each, row, isNext, today) {
  const item = part("stop");
  const link = item.firstElementChild;
  link.href = row && mayEdit(row) && row.state !== "draft" ? "#edit-" + row.once : "#visit-" + each.id;
  link.classList.toggle("next", isNext);
  link.classList.toggle("past", done(row));
  const door = link.querySelector(".door");
  door.textContent = each.room || "·";
  const floor = floorOf(each.room || "");
  if (floor) {
    const small = document.createElement("small");
    small.textContent = floor;
    door.append(small);
  }
  const name = link.querySelector(".name");
  name.firstElementChild.textContent = each.name || each.label;
  const state = document.createElement("span");
  if (row) name.append(" ", stateTag(state, row));
  else if (each.overdue) name.append(" ", tag(state, "wrong", "alert-triangle", word("overdue")));
  else if (each.tier_label) {
    state.className = "small";
    state.textContent = each.due_on > today ? word("by", dayWords(each.due_on)) : each.tier_label;
    name.append(" ", state);
  }
  link.querySelector(".say").textContent = done(row) ? row.what.visit.note || "" : each.remark || lastWords(each);
  if (!isNext) link.querySelector(".go").remove();
  else link.removeChild(link.lastElementChild);
  return item;
}

export function lastWords(each) {
  if (!each.last) return word("never");
  return word("last", dayWords(each.last.on)) + (each.last.note ? "，" + each.last.note : "");
}

function stateTag(place, row) {
  if (row.state === "refused") return tag(place, "wrong", "alert-triangle", word("refused"));
  if (row.state === "draft") return tag(place, "", "edit", word("draft"));
  if (row.state === "waiting") return tag(place, "wait", "cloud-upload", word("kept"));
  return row.what.conflict ? tag(place, "wrong", "scale", word("conflict")) : tag(place, "done", "circle-check", word("sent"));
}

// ── what is still on this phone ──

export function drawWaiting(rows, others, isOffline) {
  const here = rows.filter((row) => row.state === "waiting" || row.state === "refused");
  const clear = !here.length;
  $("h-waiting").textContent = clear ? word("hNothing") : word("hWaiting", here.length);
  const sends = here.some((row) => row.state === "waiting");
  $("waiting-say").textContent = clear ? word("sayNothing") : !sends ? word("sayRefused") : isOffline ? word("sayOff") : word("sayOn");
  $("now").hidden = !sends;
  const box = $("waiting-rows");
  box.textContent = "";
  const order = { refused: 0, waiting: 1, draft: 2, sent: 3 };
  const list = document.createElement("ul");
  list.className = "stack s";
  for (const row of rows.slice().sort((a, b) => order[a.state] - order[b.state] || b.at - a.at)) list.append(line(row));
  if (rows.length) box.append(list);
}

function line(row) {
  const { about, visit, error, became, conflict, url } = row.what;
  const item = part("row");
  item.dataset.once = row.once;
  item.dataset.state = row.state;
  item.querySelector("b").textContent = whoOf(about || aboutOf({}));
  stateTag(item.querySelector(".tag"), row);
  item.querySelector(".say").textContent = [dayWords(visit.on), visit.note].filter(Boolean).join("，");
  const err = item.querySelector(".err");
  err.hidden = row.state !== "refused";
  err.textContent = error || word("refusedSay");
  for (const thing of became || []) item.querySelector(".became").append(turned(thing, url));
  const acts = item.querySelector(".acts");
  if (conflict) acts.append(link(conflict, word("settle"), "btn"));
  else if (url) acts.append(link(url, word("see"), "btn soft"));
  if (mayEdit(row)) acts.append(link("#edit-" + row.once, word("edit"), "btn"));
  if (row.state !== "sent") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn soft";
    button.textContent = word("drop");
    button.dataset.discard = row.once;
    acts.append(button);
  }
  return item;
}

// What was found, and what it has become: a link where I may look at it; else its number; not turned yet, the visit's page.
function turned(thing, visit) {
  const box = document.querySelector(`[name=found][value=${thing.kind}]`);
  const kind = box ? box.parentNode.textContent.trim() : "";
  if (thing.url) return link(thing.url, [kind, thing.label].join(" "), "chip");
  if (!thing.label) return link(visit, word("unturned", kind), "chip");
  const made = document.createElement("span");
  made.className = "became-1";
  made.textContent = [kind, thing.label].join(" ");
  return made;
}

function link(address, words, look) {
  const made = document.createElement("a");
  made.href = address;
  made.className = look;
  made.textContent = words;
  return made;
}
