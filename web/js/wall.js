// The projector: redrawn by the pulse, with a clock and a speaker's time that run by themselves; the screen stays on.
import { breakBetweenWords } from "./words.js";
import { follow } from "./live.js";

breakBetweenWords();
follow();
const stayOn = () => navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => { if (!document.hidden) stayOn(); });
stayOn();
