// On every clerk's page: whoever signs out, or signs in as somebody else, takes along what this phone could read of visits
// (visits-store.js). What still waits there to be sent stays, closed, until its writer is back.
import { signedOut, signsIn } from "./visits-store.js";

const within = (work, longest) => Promise.race([work.catch(() => {}), new Promise((done) => setTimeout(done, longest))]);

export function visitsDoor() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const path = new URL(form.action, location.href).pathname;
    if (event.defaultPrevented || form.method !== "post" || (path !== "/sign-out/" && path !== "/sign-in/")) return;
    const name = form.elements.username;
    if (path === "/sign-in/" && !name) return;
    event.preventDefault();
    within(path === "/sign-out/" ? signedOut() : signsIn(name.value), 1500).then(() => form.submit());
  });
}
