// Stands between a resident's form and a bad network: keeps the blank form and what it looks like, and sends what waits.
// It is registered for the form alone; no page with anybody's data ever passes through it.
import { flush } from "./outbox.js";

const KEPT = "jiequ-form";
const lasting = /\.[0-9a-f]{12}\./; // a name with its content's hash never changes

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fetched(request, key) {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) {
    const copy = answer.clone();
    caches.open(KEPT).then((kept) => kept.put(key, copy)).catch(() => {});
  }
  return answer;
}

async function first(request, key) {
  const there = await caches.match(key);
  return there || fetched(request, key);
}

async function fresh(request, key) {
  try {
    return await fetched(request, key);
  } catch (error) {
    const there = await caches.match(key);
    if (there) return there;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fresh(request, address.pathname));
  else if (address.pathname.startsWith("/static/")) {
    event.respondWith((lasting.test(address.pathname) ? first : fresh)(request, address.pathname));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  event.waitUntil(flush().then((count) => { if (count.later) throw new Error("try again later"); }));
});
