// What a member's phone keeps of visits, for the stairs without signal. Two things, each with an end of its own:
//   the plan      closed under a key made here, that no script can read out; it ends with the day (`until`), at sign-out and when
//                 somebody else signs in, and its key with it
//   what waits    visits written here, closed under the account's key, which the server gives to that account alone and which is
//                 forgotten at sign-out: the rows stay, unreadable to anybody, until the same account is back. They never end by
//                 themselves: they go when they were delivered, or when their writer discards them.
// In the clear stand only keys' names, times and states. Where the browser can not encrypt (http), all of it lives in this page alone.
const NAME = "jiequ-visits";
const STORES = { keys: "id", plan: "id", waiting: "once" };
export const LONGEST = 48 * 3600e3; // ms that a plan is kept at most, whatever the server says
export const SENT = 36 * 3600e3; // what was delivered is shown until then, without its words
const memory = { keys: new Map(), plan: new Map(), waiting: new Map() };
let opened = null;

const root = typeof self === "undefined" ? window : self;
const able = () => Boolean(root.indexedDB && root.crypto && root.crypto.subtle);

function open() {
  if (!opened) {
    opened = new Promise((done, failed) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        for (const name of Object.keys(STORES)) asked.result.createObjectStore(name, { keyPath: STORES[name] });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  }
  return opened;
}

// Everything `work` asks of a store in one transaction; the answer is what its last request came to.
async function within(store, mode, work) {
  const base = await open();
  return new Promise((done, failed) => {
    const transaction = base.transaction(store, mode);
    let last;
    work(transaction.objectStore(store), (request) => { last = request; return request; });
    transaction.oncomplete = () => done(last && last.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

const get = (store, key) => (able() ? within(store, "readonly", (rows, last) => last(rows.get(key))) : Promise.resolve(memory[store].get(key)));
const all = (store) => (able() ? within(store, "readonly", (rows, last) => last(rows.getAll())) : Promise.resolve([...memory[store].values()]));
const put = (store, row) => (able() ? within(store, "readwrite", (rows, last) => last(rows.put(row))) : Promise.resolve(memory[store].set(row[STORES[store]], row)));
const drop = (store, key) => (able() ? within(store, "readwrite", (rows, last) => last(rows.delete(key))) : Promise.resolve(memory[store].delete(key)));

// True where the phone keeps things, encrypted; false where all of it lives in this page alone.
export async function begin() {
  if (!able()) return false;
  try {
    await all("keys");
    return true;
  } catch (error) {
    Object.defineProperty(root, "indexedDB", { value: undefined, configurable: true }); // a browser that keeps nothing
    return false;
  }
}

// ── closing and opening ──

const bytes = (text) => new TextEncoder().encode(text);

async function close(key, bound, what) {
  if (!able()) return { what: JSON.stringify(what) };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(bound) }, key, bytes(JSON.stringify(what)));
  return { iv, data };
}

async function disclose(key, bound, row) {
  if (!able()) return JSON.parse(row.what);
  const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv, additionalData: bytes(bound) }, key, row.data);
  return JSON.parse(new TextDecoder().decode(data));
}

// ── who is here ──

// {who, key} of the account that this phone serves now; undefined when nobody's.
export const account = () => get("keys", "account");

// The server says who is signed in. Somebody else than before: what this phone held for them is no longer readable.
export async function enter(who, secret) {
  const before = await account();
  if (before && before.who === who) return false;
  await wipe();
  let key = null;
  if (able()) {
    const raw = await crypto.subtle.digest("SHA-256", bytes(secret));
    key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  }
  await put("keys", { id: "account", who, key });
  return Boolean(before);
}

// The plan and the keys go. What waits stays closed.
export async function wipe() {
  await forgetPlan();
  await drop("keys", "account");
}

// ── the plan ──

export async function keepPlan(plan) {
  const me = await account();
  if (!me) return;
  const made = able() ? await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]) : null;
  const got = Date.now();
  const lasts = Date.parse(plan.expires_at) - Date.parse(plan.as_of); // by the server's clock, so a wrong one here does no harm
  const until = got + Math.min(Math.max(lasts || 0, 0), LONGEST);
  await put("plan", Object.assign({ id: "plan", who: me.who, got, until, key: made }, await close(made, "plan:" + me.who, plan)));
}

// {got, until, …what the server said}, or null where there is none or its time is over.
export async function plan() {
  const me = await account();
  const row = await get("plan", "plan");
  if (!row) return null;
  const now = Date.now();
  if (!me || row.who !== me.who || now >= row.until || now < row.got - 3600e3) {
    await forgetPlan();
    return null;
  }
  return Object.assign(await disclose(row.key, "plan:" + me.who, row), { got: row.got, until: row.until });
}

export const forgetPlan = () => drop("plan", "plan"); // and its key, which lies in it

// ── what waits ──

export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...random)).replace(/\+/g, "-").replace(/\//g, "_");
}

// states: draft, waiting, refused, sent. `what` is {visit, about, …}: the visit as it is sent, whom it is about, what was answered.
export async function keep(row) {
  const me = await account();
  if (!me) throw new Error("nobody");
  const closed = await close(me.key, row.once + ":" + me.who, row.what);
  await put("waiting", Object.assign({ once: row.once, who: me.who, at: row.at, state: row.state, tried: Boolean(row.tried) }, closed));
}

export const discard = (once) => drop("waiting", once);

// Mine, opened, in the order they were written; and how many are somebody else's.
export async function rows() {
  const me = await account();
  const found = [];
  let others = 0;
  for (const row of await all("waiting")) {
    if (!me || row.who !== me.who) {
      if (row.state === "waiting" || row.state === "refused") others += 1;
      continue;
    }
    if ((row.state === "sent" || row.state === "draft") && Date.now() - row.at > SENT) {
      await discard(row.once);
      continue;
    }
    try {
      const what = await disclose(me.key, row.once + ":" + me.who, row);
      found.push({ once: row.once, at: row.at, state: row.state, tried: row.tried, what });
    } catch (error) {
      others += 1; // closed under a key that is not this one: kept
    }
  }
  found.sort((a, b) => a.at - b.at);
  return { mine: found, others };
}

export async function one(once) {
  return (await rows()).mine.find((row) => row.once === once);
}
