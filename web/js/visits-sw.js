// Stands between the visits' page and a bad network: keeps that page, in which nobody's data is, and what it looks like; and
// delivers what waits when the network is back and the page is closed. No page or answer with anybody's data passes through it.
import { deliver } from "./visits-outbox.js";

const KEPT = "jiequ-visits";
const SHELL = "/visits/phone/";
const PATIENCE = 1500; // ms on a weak signal before the kept page is shown
const lasting = /\.[0-9a-f]{12}\./; // a name with its content's hash never changes
const named = /(?:href|src)="(\/static\/[^"#]+)/g;

// The page and all it names, together: never a new page with an old script.
async function keepShell(answer) {
  if (!answer.ok || answer.redirected || answer.type === "opaqueredirect") return;
  const html = await answer.clone().text();
  const kept = await caches.open(KEPT);
  const needed = new Set();
  for (let found = named.exec(html); found; found = named.exec(html)) needed.add(found[1]);
  for (const address of needed) {
    if (!lasting.test(address) || !(await kept.match(address))) await kept.add(address);
  }
  await kept.put(SHELL, answer);
  for (const request of await kept.keys()) {
    const path = new URL(request.url).pathname;
    if (path !== SHELL && !needed.has(path)) await kept.delete(request);
  }
}

const fetchShell = () => fetch(SHELL, { credentials: "same-origin", cache: "no-store" });

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fetchShell().then(keepShell).catch(() => {}));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function shell(event) {
  const kept = await caches.match(SHELL);
  const asked = fetch(event.request).then((answer) => {
    event.waitUntil(keepShell(answer.clone()).catch(() => {}));
    return answer;
  });
  if (!kept) return asked;
  const slow = new Promise((done) => setTimeout(done, PATIENCE, null));
  const answer = await Promise.race([asked, slow]).catch(() => null);
  // Where the session has ended the page still opens, says so, and keeps what was written.
  return answer && answer.ok && !answer.redirected ? answer : kept;
}

async function asset(request, path) {
  const kept = await caches.match(path);
  if (kept && lasting.test(path)) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (address.pathname === SHELL) event.respondWith(shell(event));
    else if (address.pathname === "/visits/") { // today's list without a network: the one on the phone
      event.respondWith(fetch(request).catch(async (error) => {
        if (await caches.match(SHELL)) return Response.redirect(SHELL, 302);
        throw error;
      }));
    }
  } else if (address.pathname.startsWith("/static/")) event.respondWith(asset(request, address.pathname));
});

async function goOn() {
  const count = await deliver();
  for (const page of await self.clients.matchAll()) page.postMessage("delivered");
  if (count.left && !count.out && !count.busy) throw new Error("try again later");
}

self.addEventListener("sync", (event) => { if (event.tag === "visits") event.waitUntil(goOn()); });
