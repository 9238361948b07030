// What could not be sent is sent when the network is back, once: by the page if it is open, by the service worker if not.
// Both may try at the same time; the server files one key once and answers both with the same link.
import { all, drop, put } from "./store.js";

const token = /name="csrfmiddlewaretoken" value="([^"]+)"/;
const followed = /^\/c\/[^/]+\//;

export function link(response) {
  const address = new URL(response.url);
  return response.redirected && followed.test(address.pathname) ? address.href : "";
}

export function formData(entry, extra) {
  const data = new FormData();
  for (const [name, value] of entry.fields) data.append(name, value);
  for (const photo of entry.photos) data.append("photos", photo.blob, photo.name);
  data.append("once", entry.once);
  for (const name of Object.keys(extra)) data.append(name, extra[name]);
  return data;
}

// The form is fetched anew first: hours later the token of the old page is worth nothing.
export async function freshToken(path) {
  const page = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  const found = token.exec(await page.text());
  return found ? found[1] : "";
}

async function send(entry) {
  const extra = { csrfmiddlewaretoken: await freshToken(entry.path), anyway: "1" };
  const answer = await fetch(entry.path, { method: "POST", body: formData(entry, extra), credentials: "same-origin" });
  const address = link(answer);
  if (address) {
    await put("sent", { once: entry.once, path: entry.path, address, at: Date.now() });
    await drop("outbox", entry.once);
    return "sent";
  }
  if (answer.status !== 200 && answer.status !== 404) return "later";
  // The form came back: something has to be put right by hand. It is a draft again.
  await put("drafts", { path: entry.path, at: Date.now(), once: entry.once, fields: entry.fields, photos: entry.photos });
  await drop("outbox", entry.once);
  return "back";
}

// {sent, back, later}: how many of each. Never throws for a network that is away.
export async function flush() {
  const count = { sent: 0, back: 0, later: 0 };
  for (const entry of await all("outbox")) {
    count[await send(entry).catch(() => "later")] += 1;
  }
  return count;
}
