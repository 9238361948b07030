// On every clerk's page: whoever signs out, or is signed in as somebody else, takes along what this phone could read of visits
// (visits-store.js). What still waits there to be sent stays, closed, until its writer is back. A phone that keeps nothing has no mark.
import { wipe } from "./visits-store.js";

const MARK = "jiequ-visits"; // whom this phone keeps visits for, by a name that tells nothing

export function mark(who) {
  try {
    if (who) localStorage.setItem(MARK, who);
    else localStorage.removeItem(MARK);
  } catch (error) {} // a browser that keeps nothing
}

function marked() {
  try {
    return localStorage.getItem(MARK);
  } catch (error) {
    return null;
  }
}

const clear = () => wipe().catch(() => {}).then(() => mark(""));
const atMost = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export function visitsDoor() {
  const kept = marked();
  if (!kept) return;
  const here = document.querySelector("[data-who]");
  if (here && here.dataset.who !== kept) clear();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || new URL(form.action, location.href).pathname !== "/sign-out/") return;
    event.preventDefault();
    Promise.race([clear(), atMost(1500)]).then(() => form.submit());
  });
}
