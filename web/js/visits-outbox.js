// What was written without a network is delivered when it is back, once: by the page if it is open, by the worker if not. Both
// may try: one holds the lock, and the server enters one `once` key once whatever happens.
import { account, enter, keep, rows } from "./visits-store.js";

const BATCH = 20;

// → {status, said}; said is null where the answer is not ours (a page to sign in). Throws when the network is away.
export async function ask(address, options) {
  const control = new AbortController();
  const clock = setTimeout(() => control.abort(), 20e3);
  try {
    const answer = await fetch(address, Object.assign({ credentials: "same-origin", cache: "no-store", signal: control.signal }, options));
    const ours = !answer.redirected && /json/.test(answer.headers.get("Content-Type") || "");
    return { status: answer.status, said: ours ? await answer.json() : null };
  } finally {
    clearTimeout(clock);
  }
}

// {who, key, token}; "out" when the session has ended, "no" without the permission.
export async function session() {
  const { status, said } = await ask("/visits/phone/key/");
  if (status >= 500 || status === 429) throw new Error("later");
  if (status === 403) return "no";
  return said && said.who ? said : "out";
}

export const post = (address, token, what) =>
  ask(address, { method: "POST", body: JSON.stringify(what), headers: { "Content-Type": "application/json", "X-CSRFToken": token } });

const sendable = async () => (await rows()).mine.filter((row) => row.state === "waiting");

async function settle(row, answer) {
  const { about, visit } = row.what;
  if (answer.ok) { // its words stand on the server now, and no longer here
    const { url, conflict, became } = answer;
    await keep({ once: row.once, at: row.at, state: "sent", what: { about, visit: { on: visit.on, household: visit.household }, url, conflict, became: became || [] } });
    return answer.conflict ? "conflicts" : "sent";
  }
  await keep({ once: row.once, at: row.at, state: "refused", tried: false, what: { about, visit, error: answer.error, field: answer.field } });
  return "refused";
}

async function batch(some, token, who, count) {
  for (const row of some) await keep(Object.assign({}, row, { tried: true }));
  const { status, said } = await post("/visits/sync/", token, { who, visits: some.map((row) => Object.assign({ once: row.once }, row.what.visit)) });
  if (said && said.results) {
    for (const answer of said.results) {
      const row = some.find((each) => each.once === answer.once);
      if (row) count[await settle(row, answer)] += 1;
    }
    return;
  }
  if (status >= 500 || status === 429 || status === 401 || status === 403 || status === 409 || status < 400) return; // the next try may do
  if (some.length > 1) { // one of them spoils it for all: one by one
    for (const row of some) await batch([row], token, who, count);
    return;
  }
  count[await settle(some[0], { ok: false, error: (said && said.error) || "", field: "" })] += 1;
}

// The browser frees the lock of a page that is reloaded or closed while it delivers, so the next one goes on at once. A browser
// without locks delivers twice at worst, and the server enters it once.
const alone = (work) => (navigator.locks ? navigator.locks.request("jiequ-visits", { ifAvailable: true }, work) : work({}));

// {sent, conflicts, refused, left, out, other, busy, away}; never throws: `away` when the network is, `busy` when another tab or the
// worker is at it.
export async function deliver() {
  const count = { sent: 0, conflicts: 0, refused: 0, left: 0, out: false, other: false, busy: false, away: false };
  if ((await sendable()).length) {
    await alone((lock) => {
      if (lock) return carry(count);
      count.busy = true;
      return undefined;
    });
  }
  count.left = (await sendable()).length;
  return count;
}

async function carry(count) {
  try {
    const here = await session();
    if (here === "out" || here === "no") count.out = true;
    else if (here.who !== (await account()).who) {
      await enter(here.who, here.key);
      count.other = true;
    } else {
      const now = await sendable(); // another tab may have been at it in between
      for (let n = 0; n < now.length; n += BATCH) await batch(now.slice(n, n + BATCH), here.token, here.who, count);
    }
  } catch (error) {
    count.away = true;
  }
}
