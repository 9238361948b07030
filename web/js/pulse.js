// The pulse: a tiny question every few seconds whether anything changed in the room. Slower when nobody looks; it notices
// when the network is gone, and goes on by itself when it is back. No cookie goes with it.
const EVERY = 2500;
const UNSEEN = 15000;
const PATIENCE = 6000;

export function timed(milliseconds) {
  const control = new AbortController();
  const clock = setTimeout(() => control.abort(), milliseconds);
  return { signal: control.signal, done: () => clearTimeout(clock) };
}

// told.heard({v, cast, at}) on every answer, lost() once when the network is gone, back() once when it is there again.
export function listen(address, told) {
  let missed = 0, away = false, timer = 0, over = false, asking = false;
  const again = () => {
    clearTimeout(timer);
    const every = document.hidden ? UNSEEN : EVERY;
    if (!over) timer = setTimeout(beat, every * (0.85 + Math.random() * 0.3)); // so that two hundred phones do not ask at once
  };
  async function beat() {
    if (asking || over) return;
    asking = true;
    const time = timed(PATIENCE);
    try {
      const answer = await fetch(address, { credentials: "omit", cache: "no-store", signal: time.signal });
      if (answer.status === 404) over = true; // the meeting is long over
      if (!answer.ok) throw new Error(answer.status);
      const said = await answer.json();
      missed = 0;
      if (away) { away = false; if (told.back) told.back(); }
      if (told.heard) told.heard(said);
    } catch {
      missed += 1;
      if (!away && !over && (missed > 1 || !navigator.onLine)) { away = true; if (told.lost) told.lost(); }
    } finally {
      time.done();
      asking = false;
      again();
    }
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
  addEventListener("online", beat);
  addEventListener("offline", () => { missed += 1; beat(); });
  again();
  return beat;
}
