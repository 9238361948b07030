// Visits on a phone (/visits/phone/): today's doors, one screen to write a visit, and what waits to be sent. It works without a
// network from the second time on; what it keeps, and how that ends, is visits-store.js.
import { ask, deliver, post, session } from "./visits-outbox.js";
import { account, begin, discard, enter, forgetPlan, keep, keepPlan, newKey, one, plan as keptPlan, rows as keptRows, wipe } from "./visits-store.js";
import { mark } from "./visits-door.js";
import * as form from "./visits-form.js";
import { drawPlan, drawWaiting, written } from "./visits-list.js";
import { aboutOf, dayOf, dayWords, officeNow, tag, whoOf, word } from "./visits-words.js";

const $ = (id) => document.getElementById(id);
const EVERY = 20e3;
const state = { plan: null, rows: [], others: 0, away: !navigator.onLine, out: false, busy: false, isKept: true, isOpening: true };
let editing = null; // {once, at, household, row}: what is being written
let fromList = false;
let saving = null;
let ending = null;
let beat = 0;

const waiting = () => state.rows.filter((row) => row.state === "waiting");
const say = (words) => { $("said").textContent = words; };
const show = (id, on) => { $(id).hidden = !on; };

function notice(words) {
  show("n-done", Boolean(words));
  $("n-done").querySelector("span").textContent = words || "";
  say(words || "");
}

// ── drawing ──

function drawTop() {
  const refused = state.rows.filter((row) => row.state === "refused").length;
  const clashes = state.rows.filter((row) => row.state === "sent" && row.what.conflict).length;
  const left = waiting().length;
  const net = $("net");
  if (state.out) tag(net, "wait", "lock", word("out"));
  else if (state.away) tag(net, "wait", "wifi-off", left ? word("offlineN", left) : word("offline"));
  else if (state.busy && left) tag(net, "doing", "refresh", word("busy"));
  else if (refused) tag(net, "wrong", "alert-triangle", word("wrong", refused));
  else if (left) tag(net, "wait", "cloud-upload", word("waits", left));
  else if (clashes) tag(net, "wrong", "scale", word("clash", clashes));
  else tag(net, "done", "circle-check", word("online"));
  net.hidden = !(state.out || state.away || left || refused || state.rows.length);
  show("n-out", state.out);
  show("n-http", !state.isKept);
  show("n-others", state.others > 0);
  $("n-others").querySelector("span").textContent = word("others", state.others);
}

function screen(name) {
  for (const each of ["plan", "record", "waiting"]) show("s-" + each, each === name);
  show("back", name !== "plan");
  document.body.dataset.screen = name;
}

const household = (id) => {
  const there = state.plan && state.plan.households.filter((each) => String(each.id) === String(id))[0];
  const row = written(state.rows, id);
  if (!there) return row ? Object.assign({}, row.what.about, { id }) : null;
  const changed = row && row.state !== "sent" ? row.what.visit.changes : {}; // written here and not sent yet
  return Object.assign({}, there, changed.remark !== undefined ? { remark: changed.remark } : {}, changed.phone ? { phone: changed.phone } : {});
};

function draw() {
  drawTop();
  const [, name, what] = /^#(visit|edit|waiting)-?(.*)$/.exec(location.hash) || [];
  if (name === "visit" || name === "edit") return openForm(name, what);
  editing = null;
  if (name === "waiting") {
    screen("waiting");
    drawWaiting(state.rows, state.others, state.away);
    top("", "");
  } else {
    screen("plan");
    drawPlan(state.plan, state.rows, dayOf(officeNow(state.plan)));
    if (state.isOpening && !state.plan) $("h-plan").textContent = word("open");
    top(state.plan && typeof state.plan.where === "string" ? state.plan.where : "", dayWords(dayOf(officeNow(state.plan)), true));
  }
  return undefined;
}

function top(first, second) {
  $("top-1").textContent = first || document.title.split(" · ")[0];
  $("top-2").textContent = second;
}

function openForm(name, what) {
  if (editing && editing.hash === location.hash) return; // never over what is being typed
  const row = name === "edit" ? state.rows.filter((each) => each.once === what)[0]
    : state.rows.filter((each) => each.state === "draft" && String(each.what.visit.household) === what)[0];
  const each = row && row.what.about.id ? Object.assign({}, row.what.about, household(row.what.visit.household)) : household(what);
  if (!each || (name === "edit" && !row)) {
    location.replace("#");
    return;
  }
  editing = { hash: location.hash, once: row ? row.once : newKey(), at: row ? row.at : Date.now(), household: each, row, changed: false };
  screen("record");
  form.fill(each, row && row.what.visit, state.plan);
  const refused = row && row.state === "refused";
  show("oops", refused);
  if (refused) $("more").open = true; // whatever it is that must be put right
  $("oops").querySelector("p").textContent = refused ? row.what.error || word("refusedSay") : "";
  $("save").textContent = refused ? word("again") : word("save");
  const [first, second] = form.head(each, each.last);
  top(first, second);
}

async function read() {
  const [plan, found] = [await keptPlan(), await keptRows()];
  state.plan = plan;
  state.rows = found.mine;
  state.others = found.others;
  state.nobody = !(await account());
  clearTimeout(ending);
  if (plan) ending = setTimeout(() => refresh().catch(() => {}), Math.min(plan.until - Date.now() + 500, 2e9));
}

async function redraw() {
  await read();
  draw();
}

// ── writing a visit ──

const aboutHousehold = () => aboutOf(editing.household);

function changed() {
  if (!editing) return;
  editing.changed = true;
  clearTimeout(saving);
  saving = setTimeout(keepDraft, 400);
}

// What is half written survives a closed tab. A refused visit stays one, with the words as they are now.
async function keepDraft() {
  clearTimeout(saving);
  if (!editing || !editing.changed || state.nobody) return;
  const now = editing;
  now.changed = false;
  const visit = form.read();
  const { row } = now;
  if (row && row.state === "waiting") return; // it is whole as it stands
  if (!row && form.isEmpty(visit)) return;
  const what = { about: aboutHousehold(), visit };
  if (row && row.state === "refused") Object.assign(what, { error: row.what.error, field: row.what.field });
  await keep({ once: now.once, at: now.at, state: row && row.state === "refused" ? "refused" : "draft", what }).catch(() => {});
}

async function save(event) {
  event.preventDefault();
  if (!editing || editing.saving) return;
  const visit = form.read();
  const bare = form.missing(visit);
  if (bare) {
    show("oops", true);
    $("oops").querySelector("p").textContent = word("bare");
    bare.focus();
    return;
  }
  const now = editing;
  now.saving = true;
  clearTimeout(saving);
  try {
    const there = await one(now.once);
    if (there && (there.state === "sent" || (there.state === "waiting" && there.tried))) throw new Error(word("gone"));
    await keep({ once: now.once, at: Date.now(), state: "waiting", what: { about: aboutHousehold(), visit } });
  } catch (error) {
    now.saving = false;
    show("oops", true);
    $("oops").querySelector("p").textContent = error.message === word("gone") ? error.message : word("failed");
    $("oops").focus();
    return;
  }
  const about = whoOf(now.household);
  editing = null;
  notice(word(state.away ? "savedOff" : "saved", about));
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  await read();
  if (fromList) history.back();
  else location.replace("#");
  fromList = false;
  draw();
  $("h-plan").focus();
  send();
}

// ── the network ──

async function send() {
  if (state.busy || !waiting().length) return;
  state.busy = true;
  drawTop();
  const count = await deliver();
  state.busy = false;
  state.away = count.away;
  if (count.out) state.out = true;
  if (count.busy) setTimeout(lookAgain, 1500);
  else await delivered(count);
}

// Another tab or the worker is at it: what did it come to?
async function lookAgain() {
  const before = waiting().length;
  await read();
  const left = waiting().length;
  if (left === before) send();
  else await delivered({ sent: before - left, conflicts: 0, left });
}

async function delivered(count) {
  await redraw();
  const came = count.sent + count.conflicts;
  if (came) notice(word("synced", came));
  else if (count.refused) say(word("wrong", count.refused));
  if (came || count.other) await refresh();
  if (count.away) askWorker();
}

// The worker goes on where this page was closed.
async function askWorker() {
  const worker = navigator.serviceWorker && await navigator.serviceWorker.getRegistration("/visits/").catch(() => null);
  if (worker && worker.sync) worker.sync.register("visits").catch(() => {});
}

// Who is signed in, and their plan as it is now.
async function refresh() {
  try {
    const here = await session();
    state.away = false;
    state.out = here === "out" || here === "no";
    if (here === "no") await wipe(); // somebody who makes no visits
    else if (here !== "out") mark(state.isKept ? here.who : "");
    if (!state.out) {
      const wasOther = await enter(here.who, here.key);
      if (wasOther && editing) { editing = null; location.replace("#"); }
      const { status, said } = await ask("/visits/plan.json");
      if (said && said.households) await keepPlan(merged(said));
      else if (status === 403 || status === 404) await forgetPlan();
    }
  } catch (error) {
    state.away = true;
  }
  state.isOpening = false;
  await redraw();
}

// Names and phones that were taken along stay until the plan's end; the plain plan does not bring them again.
function merged(fresh) {
  const before = new Map((state.plan ? state.plan.households : []).map((each) => [each.id, each]));
  for (const each of fresh.households) {
    const had = before.get(each.id);
    if (had && had.name && !each.name && had.version === each.version) Object.assign(each, { name: had.name, phone: had.phone });
  }
  return fresh;
}

async function take(dialog) {
  const reason = dialog.querySelector("[name=reason]:checked").value;
  try {
    const here = await session();
    if (here === "out" || here === "no") throw new Error("out");
    const { status, said } = await post("/visits/plan/take/", here.token, { reason });
    if (!said || !said.households) throw new Error(said && said.error ? said.error : String(status));
    await keepPlan(said);
    close(dialog);
    await redraw();
    notice(word("taken", said.households.length));
    $("n-done").focus();
  } catch (error) {
    const err = $("take-err");
    err.hidden = false;
    err.textContent = /[\u4e00-\u9fff]/.test(error.message) ? error.message : word("takeOff");
  }
}

// ── dialogs (an old browser draws them as a part of the page) ──

let opener = null;
function open(dialog) {
  opener = document.activeElement;
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
  dialog.querySelector("[data-go]").focus();
}
function close(dialog) {
  if (dialog.close) dialog.close();
  else dialog.removeAttribute("open");
  if (opener && opener.isConnected) opener.focus();
}

// ── the page begins ──

function listen() {
  form.listen(changed);
  $("visit").addEventListener("submit", save);
  $("take").onclick = () => { $("take-err").hidden = true; open($("d-take")); };
  $("now").onclick = () => send();
  $("back").addEventListener("click", (event) => {
    event.preventDefault();
    if (fromList) history.back();
    else location.replace("#");
  });
  for (const dialog of document.querySelectorAll("dialog")) dialog.querySelector("[data-back]").onclick = () => close(dialog);
  $("d-take").querySelector("[data-go]").onclick = () => take($("d-take"));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-discard]");
    if (button) askToDiscard(button.dataset.discard);
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash.length > 1 && link.id !== "back") { fromList = true; notice(""); }
  });
  addEventListener("hashchange", async () => {
    await keepDraft();
    await redraw();
    const heading = document.querySelector("main section:not([hidden]) h1");
    if (heading) { scrollTo(0, 0); heading.focus({ preventScroll: true }); }
    if (!/^#./.test(location.hash)) fromList = false;
  });
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener("message", () => { if (waiting().length) lookAgain(); });
  addEventListener("pagehide", () => { keepDraft(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) keepDraft();
    else redraw().then(send); // what is over is cleared before it is seen
  });
  addEventListener("online", () => { state.away = false; drawTop(); (waiting().length ? send() : refresh()).catch(() => {}); });
  addEventListener("offline", () => { state.away = true; drawTop(); if (document.body.dataset.screen === "waiting") draw(); });
  addEventListener("beforeunload", (event) => { if (!state.isKept && waiting().length) event.preventDefault(); });
  beat = setInterval(() => { if (!document.hidden && !state.out && waiting().length) send(); }, EVERY);
}

async function askToDiscard(once) {
  const row = await one(once);
  if (!row) return;
  const dialog = $("d-drop");
  $("drop-what").textContent = [whoOf(row.what.about), row.what.visit.note].filter(Boolean).join("，");
  dialog.querySelector("[data-go]").onclick = async () => {
    await discard(once);
    close(dialog);
    await redraw();
    $("h-waiting").focus();
  };
  open(dialog);
}

function keepPage() {
  if (navigator.serviceWorker) navigator.serviceWorker.register("/visits/sw.js", { scope: "/visits/" }).catch(() => {});
}

async function start() {
  state.isKept = await begin();
  listen();
  await redraw(); // what is on the phone is there at once
  keepPage();
  await refresh();
  await send();
}

start().catch(() => clearInterval(beat));
