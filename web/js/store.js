// What this phone keeps by itself: drafts, what waits to be sent, what was sent while nobody looked. Used by the page and by
// the service worker. Everything here is a resident's own words, so all of it has an end.
export const DRAFT = 24 * 3600e3; // milliseconds: a shared phone forgets by the next day
export const WAITING = 72 * 3600e3; // what was sent without network
const STORES = { drafts: "path", outbox: "once", sent: "once" };
let opened = null;

function open() {
  if (!opened) {
    opened = new Promise((done, failed) => {
      const asked = indexedDB.open("jiequ", 1);
      asked.onupgradeneeded = () => {
        for (const name of Object.keys(STORES)) asked.result.createObjectStore(name, { keyPath: STORES[name] });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  }
  return opened;
}

async function ask(store, mode, what) {
  const base = await open();
  return new Promise((done, failed) => {
    const asked = what(base.transaction(store, mode).objectStore(store));
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

export const get = (store, key) => ask(store, "readonly", (rows) => rows.get(key));
export const all = (store) => ask(store, "readonly", (rows) => rows.getAll());
export const put = (store, row) => ask(store, "readwrite", (rows) => rows.put(row));
export const drop = (store, key) => ask(store, "readwrite", (rows) => rows.delete(key));

// Forget what is too old. Every resident's page does it, so it needs no second visit to the form.
export async function sweep() {
  const ends = { drafts: DRAFT, outbox: WAITING, sent: DRAFT };
  for (const store of Object.keys(STORES)) {
    for (const row of await all(store)) {
      if (Date.now() - row.at > ends[store]) await drop(store, row[STORES[store]]);
    }
  }
}
