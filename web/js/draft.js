// A resident's form on a bad network: what was written survives a closed tab, and what was sent without network is sent when
// it is back. Without any of this the form works as every form does.
import { flush, formData, freshToken, link } from "./outbox.js";
import { prepare } from "./photos.js";
import { all, drop, get, put, sweep } from "./store.js";

const SKIP = new Set(["csrfmiddlewaretoken", "once", "kept", "drop", "website", "photos"]);
let form, photos, once, pressed, saving, busy, pending;

const part = (name) => document.querySelector(`[data-part="${name}"]`);
const show = (name, on = true) => { const found = part(name); if (found) found.hidden = !on; };

function newKey() {
  const bytes = new Uint8Array(18);
  crypto.getRandomValues(bytes);
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}

function fields() {
  return [...form.elements]
    .filter((e) => e.name && !SKIP.has(e.name) && e.type !== "submit" && !(e.type === "radio" && !e.checked))
    .map((e) => [e.name, e.value]);
}

const written = () => photos.length > 0 || ["body", "place", "phone", "name"].some((n) => form.elements[n] && form.elements[n].value.trim());

function save() {
  clearTimeout(saving);
  saving = setTimeout(saveNow, 300);
}

async function saveNow() {
  clearTimeout(saving);
  if (busy || form.hidden || !form.isConnected) return; // what waits to be sent is no draft any more
  if (written()) await put("drafts", { path: form.dataset.draft, at: Date.now(), once, fields: fields(), photos });
  else await drop("drafts", form.dataset.draft);
  show("kept", Boolean(written()));
}

function fill(draft) {
  for (const [name, value] of draft.fields) {
    const field = form.elements[name];
    if (!field) continue;
    if (field.length && field[0] && field[0].type === "radio") {
      for (const one of [...field]) one.checked = one.value === value;
    } else field.value = value;
    const node = field.nodeType ? field : field[0];
    const folded = node && node.closest("details");
    if (folded && value && value !== "here") folded.open = true;
  }
  photos = draft.photos || [];
}

// ── photos ──

function drawPhotos() {
  const box = part("photos");
  if (!box) return;
  box.textContent = "";
  photos.forEach((photo, n) => {
    const item = document.createElement("li");
    if (photo.small) {
      const image = new Image(88, 88);
      image.src = photo.small;
      image.alt = photo.name;
      item.append(image);
    } else item.append(photo.name);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn soft";
    button.textContent = box.dataset.remove;
    button.setAttribute("aria-label", `${box.dataset.remove} ${n + 1}`);
    button.onclick = () => { photos.splice(n, 1); drawPhotos(); save(); };
    item.append(button);
    box.append(item);
  });
  box.hidden = photos.length === 0;
}

async function takePhotos(input) {
  const most = Number(box().dataset.photos);
  const files = [...input.files].slice(0, Math.max(0, most - photos.length));
  show("most", input.files.length > files.length);
  input.value = "";
  for (const file of files) {
    photos.push(await prepare(file));
    drawPhotos();
  }
  await saveNow();
}

const box = () => form.querySelector("[data-photos]");

// ── sending ──

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  busy = true;
  clearTimeout(saving);
  const button = pressed;
  if (button) button.setAttribute("aria-disabled", "true");
  await pending;
  const entry = { once, path: form.dataset.draft, at: Date.now(), fields: fields(), photos };
  if (button && button.name === "join") entry.fields.push(["join", button.value]);
  const extra = { csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, kept: form.elements.kept.value };
  if (button && button.name === "anyway") extra.anyway = "1";
  if (form.elements.drop && form.elements.drop.checked) extra.drop = "on";
  if (form.elements.website) extra.website = form.elements.website.value;
  try {
    let answer = await post(entry, extra);
    if (answer.status === 403) answer = await post(entry, { ...extra, csrfmiddlewaretoken: await freshToken(entry.path) });
    const address = link(answer);
    if (address) {
      await drop("drafts", entry.path).catch(() => {});
      location.href = address;
      return;
    }
    busy = false;
    if (answer.status === 200) redraw(await answer.text(), Boolean(extra.kept && !extra.drop));
    else show("failed");
  } catch (error) {
    await queue(entry);
  }
  busy = false;
  if (button) button.removeAttribute("aria-disabled");
}

const post = (entry, extra) => fetch(entry.path, { method: "POST", body: formData(entry, extra), credentials: "same-origin" });

// The form came back with something to say: draw the server's page in place, with what was chosen here kept.
// A photo is held at one place only, or who removes it there sends it from the other: here, unless the server held some
// before (of a form sent without this script).
function redraw(html, theirs) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  const old = document.querySelector("main");
  if (!fresh || !fresh.querySelector("form[data-draft]")) { show("failed"); return; }
  old.parentNode.replaceChild(document.importNode(fresh, true), old);
  begin();
  if (theirs) photos = [];
  else {
    form.elements.kept.value = "";
    for (const told of form.querySelectorAll("[data-held]")) told.remove();
  }
  drawPhotos();
  const said = document.querySelector("[data-focus]");
  if (said) said.focus();
}

async function queue(entry) {
  try {
    await put("outbox", entry);
    await drop("drafts", entry.path);
  } catch (error) {
    show("failed");
    return;
  }
  waiting(true);
  const worker = navigator.serviceWorker && await navigator.serviceWorker.getRegistration().catch(() => null);
  if (worker && worker.sync) worker.sync.register("outbox").catch(() => {});
}

function waiting(on) {
  show("queued", on);
  form.hidden = on;
  const dock = document.querySelector("main > .dock");
  if (dock) dock.hidden = on;
  if (on && part("queued")) part("queued").focus();
}

async function deliver() {
  const count = await flush();
  if (!count.sent && !count.back) return;
  if (!(await all("outbox")).some((entry) => entry.path === form.dataset.draft)) waiting(false);
  await restore();
  await tellSent();
}

async function tellSent() {
  const rows = await all("sent");
  const last = rows.sort((a, b) => b.at - a.at)[0];
  if (!last) return;
  show("sent");
  const anchor = part("sent").querySelector("a");
  anchor.href = last.address;
  anchor.onclick = () => { for (const row of rows) drop("sent", row.once); };
}

async function forget() {
  await drop("drafts", form.dataset.draft);
  for (const entry of await all("outbox")) if (entry.path === form.dataset.draft) await drop("outbox", entry.once);
  location.replace(form.dataset.draft);
}

// ── a page begins ──

async function restore() {
  const draft = await get("drafts", form.dataset.draft);
  if (!draft) return;
  once = draft.once;
  fill(draft);
  drawPhotos();
  show("kept");
}

function begin() {
  form = document.querySelector("form[data-draft]");
  if (part("pick")) { // one button in our own words; the field itself stays for the keyboard
    show("pick");
    form.elements.photos.className = "vh";
  }
  form.addEventListener("submit", submit);
  form.addEventListener("input", save);
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") pending = takePhotos(event.target);
    else save();
    if (event.target.name === "where") for (const n of ["longitude", "latitude"]) form.elements[n].value = "";
  });
}

function keepPage() {
  if (!navigator.serviceWorker || !window.caches) return;
  navigator.serviceWorker.register("/sw.js", { scope: form.dataset.scope }).catch(() => {});
  if (navigator.serviceWorker.controller) return; // it keeps what it fetches itself
  const seen = [...document.querySelectorAll("link[href], script[src], use[href]")].map((e) => (e.getAttribute("href") || e.getAttribute("src")).split("#")[0]);
  const needed = new Set(seen.filter((address) => address.startsWith("/static/")));
  caches.open("jiequ-form").then((kept) => kept.addAll([form.dataset.draft, ...needed])).catch(() => {});
}

export async function drafts() {
  if (!window.indexedDB || !window.fetch || !window.Promise) return;
  try {
    await sweep();
  } catch (error) {
    return; // this browser keeps nothing: the form works without
  }
  if (!document.querySelector("form[data-draft]")) return;
  photos = [];
  pending = Promise.resolve();
  begin();
  once = newKey(); // a page that was kept for later must not use its key twice
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.form === form && button.type === "submit") pressed = button;
    if (button.hasAttribute("data-forget")) forget();
  });
  addEventListener("pagehide", () => { saveNow(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) saveNow(); else deliver(); });
  addEventListener("online", () => deliver());
  setInterval(() => { if (!document.hidden && part("queued") && !part("queued").hidden) deliver(); }, 20e3);
  if (form.hasAttribute("data-fresh")) await restore();
  if ((await all("outbox")).some((entry) => entry.path === form.dataset.draft)) waiting(true);
  await tellSent();
  deliver();
  keepPage();
}
