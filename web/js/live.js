// The part of a screen that is redrawn (#live): fetched anew when the pulse says so, with focus, open parts and choices kept.
import { breakBetweenWords } from "./words.js";
import { listen, timed } from "./pulse.js";

const live = document.getElementById("live");
const state = () => live.querySelector(".state");
const drawn = new Set(); // what to do after each redrawing
let offset = 0; // the server's time minus this device's
let since = Date.now();

export const now = () => Date.now() + offset;
export const version = () => Number(state()?.dataset.version ?? -1);
export function afterDrawing(act) { drawn.add(act); act(); }

function kept() {
  const focus = live.contains(document.activeElement) ? document.activeElement : null;
  return {
    focus, id: focus?.id,
    open: [...live.querySelectorAll("details[open][id]")].map((each) => each.id),
    chosen: [...live.querySelectorAll("input[type=radio]:checked")].map((each) => ({ name: each.name, value: each.value })),
  };
}

// Draw what the server sent; false where it is not this screen (somebody was signed out).
export function draw(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const next = page.querySelector("#live") || page.body;
  if (!next.querySelector(".state")) return false;
  if (Number(next.querySelector(".state").dataset.version) < version()) return true; // an older answer came late
  const before = kept(), said = state()?.dataset.says;
  live.replaceChildren(...next.childNodes);
  for (const id of before.open) { const part = document.getElementById(id); if (part && live.contains(part)) part.open = true; }
  for (const was of before.chosen) {
    const same = [...live.querySelectorAll("input[type=radio]")].find((each) => each.name === was.name && each.value === was.value);
    if (same) same.checked = true;
  }
  if (before.focus) {
    const same = before.id && document.getElementById(before.id);
    (same || live.querySelector("main")).focus({ preventScroll: true });
  }
  const heard = document.getElementById("heard");
  const says = state().dataset.says;
  if (heard && says && says !== said) heard.textContent = says;
  breakBetweenWords(live);
  settle();
  return true;
}

function settle() {
  offset = Number(state()?.dataset.at || Date.now()) - Date.now();
  since = Date.now();
  for (const act of drawn) act();
  tick();
}

let fetching = null;
export function refresh(signedOut) {
  fetching = fetching || (async () => {
    const time = timed(8000);
    try {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, credentials: "same-origin", cache: "no-store", signal: time.signal });
      if (answer.ok && !draw(await answer.text()) && signedOut) signedOut();
    } catch { /* the pulse says when the network is gone */ } finally { time.done(); fetching = null; }
  })();
  return fetching;
}

function count(cast) {
  if (cast === null) return;
  for (const cells of live.querySelectorAll("[data-cells]")) {
    [...cells.children].forEach((cell, n) => cell.classList.toggle("on", n < cast));
  }
  for (const place of live.querySelectorAll("[data-cast]")) if (place.textContent !== String(cast)) place.textContent = cast;
}

// Times that run: [data-ends] counts down, [data-bar] shrinks with it, [data-clock] is the clock on the wall.
const spoken = (left) => `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
function tick() {
  for (const place of live.querySelectorAll("[data-ends]")) {
    const left = Math.max(0, Math.ceil((place.dataset.ends - now()) / 1000));
    const words = left ? place.dataset.left.replace("%s", spoken(left)) : place.dataset.over;
    if (place.textContent !== words) place.textContent = words;
  }
  for (const bar of live.querySelectorAll("[data-bar]")) {
    bar.setAttribute("width", Math.round(Math.min(1, Math.max(0, (bar.dataset.bar - now()) / bar.dataset.of)) * 1000));
  }
  for (const clock of live.querySelectorAll("[data-clock]")) {
    const zone = /([+-])(\d\d):(\d\d)$/.exec(clock.dateTime); // the office's, as the server wrote it
    const east = zone ? (zone[1] === "-" ? -1 : 1) * (zone[2] * 60 + Number(zone[3])) : 0;
    clock.textContent = new Date(now() + east * 60000).toISOString().slice(11, 16);
  }
}

// Follow the pulse. `beat` is called on every answer and when the network is back, for what still waits to be sent.
export function follow(asked = {}) {
  const beat = asked.beat, signedOut = asked.signedOut;
  const net = document.getElementById("net");
  settle();
  setInterval(tick, 500);
  setInterval(() => {
    const again = Number(state()?.dataset.again || 0) * 1000;
    if (again && Date.now() - since > again) refresh(signedOut);
  }, 5000);
  return listen(live.dataset.pulse, {
    heard(said) {
      offset = said.at - Date.now();
      if (said.v > version()) refresh(signedOut);
      else count(said.cast);
      if (beat) beat();
    },
    lost() {
      const at = new Date().toTimeString().slice(0, 5);
      net.textContent = net.dataset.words.replace("%s", at);
      net.hidden = false;
    },
    back() {
      net.hidden = true;
      refresh(signedOut);
    },
  });
}
