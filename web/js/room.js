// A councillor's phone in the room. The forms work alone; this keeps the page right, and brings a vote through a bad network:
// what was pressed is kept in memory, sent again until it arrives, and said to be lost only when the vote has closed.
import { breakBetweenWords } from "./words.js";
import { dialogs } from "./dialogs.js";
import { switches } from "./switches.js";
import { timed } from "./pulse.js";
import { afterDrawing, draw, follow, refresh } from "./live.js";

const live = document.getElementById("live");
const sheet = document.getElementById("sheet");
const box = document.getElementById("unsent");
const waiting = new Map(); // slip → the vote that has not arrived
let chosen = null;

function tell(words, stays = true) {
  box.querySelector("p").textContent = words;
  box.querySelector("button").hidden = !stays;
  box.hidden = !words;
}
box?.querySelector("button").addEventListener("click", () => tell(""));
const signedOut = () => tell(box.dataset.signedOut);

// Send a form's words; "lost" where the network or the server failed, so that it may be sent again.
async function send(action, words) {
  const time = timed(9000);
  try {
    const token = document.querySelector("meta[name=csrf-token]").content;
    const answer = await fetch(action, {
      method: "POST", body: new URLSearchParams(words), credentials: "same-origin", signal: time.signal,
      headers: { "HX-Request": "true", "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" },
    });
    if (answer.status === 409) return { said: (await answer.json()).said };
    if (answer.status >= 500 || answer.status === 429) return { lost: true };
    if (!answer.ok) return { said: box.dataset.failed };
    const html = await answer.text();
    return draw(html) ? {} : { out: true };
  } catch {
    return { lost: true };
  } finally {
    time.done();
  }
}

// ── the vote ──────────────────────────────────────────────────

function show(form, button) {
  chosen = { action: form.action, ballot: form.dataset.ballot, slip: form.dataset.slip, words: [...new FormData(form)], choice: button.value };
  sheet.querySelector("[data-title]").textContent = form.dataset.title;
  for (const word of sheet.querySelectorAll("[data-choice]")) word.hidden = word.dataset.choice !== chosen.choice;
  sheet.showModal();
  sheet.querySelector("[data-go]").focus();
}

async function deliver(slip) {
  const vote = waiting.get(slip);
  if (!vote || vote.sending) return;
  vote.sending = true;
  const slow = setTimeout(() => tell(box.dataset.waits, false), 1500);
  const came = await send(vote.action, vote.words);
  clearTimeout(slow);
  vote.sending = false;
  if (waiting.get(slip) !== vote) return deliver(slip); // another choice was made meanwhile
  if (came.lost) return tell(box.dataset.waits, false);
  waiting.delete(slip);
  if (came.out) return signedOut();
  tell(came.said || "");
  if (came.said) refresh(signedOut);
}
const deliverAll = () => [...waiting.keys()].forEach(deliver);

sheet?.querySelector("[data-back]").addEventListener("click", () => sheet.close());
sheet?.querySelector("[data-go]").addEventListener("click", () => {
  sheet.close();
  // A choice that replaces one which may have arrived unheard is a change of it.
  const words = [...chosen.words, ["choice", chosen.choice], ...(waiting.has(chosen.slip) ? [["change", "1"]] : [])];
  waiting.set(chosen.slip, { action: chosen.action, words });
  deliver(chosen.slip);
});
addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });

// ── every other form on the page ──────────────────────────────

dialogs(); // asks first where data-confirm says so
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !live.contains(form)) return;
  if (form.matches(".votes[data-ballot]") && sheet) {
    event.preventDefault();
    return show(form, event.submitter);
  }
  if (form.method !== "post" || !box) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  const came = await send(form.action, [...new FormData(form)]);
  delete form.dataset.sending;
  if (came.lost) tell(box.dataset.failed);
  else if (came.out) signedOut();
  else { tell(came.said || ""); if (came.said) refresh(signedOut); }
});

switches();
breakBetweenWords();
if (live.dataset.pulse) {
  afterDrawing(() => {
    // A sheet that asks about a vote which is over asks nothing.
    if (sheet?.open && !live.querySelector(`[data-ballot="${chosen.ballot}"]`)) { sheet.close(); tell(box.dataset.late); }
    if (new URL(location.href).searchParams.has("here") && !live.querySelector("#sign-in")) history.replaceState(null, "", location.pathname);
  });
  follow({ beat: deliverAll, signedOut });
}
