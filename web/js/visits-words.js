// Words, dates and small parts of the visits' page. Words come from the page, so that they are translated where all others are.
const $ = (id) => document.getElementById(id);

export const word = (name, n, t) => ($("words").dataset[name] || "").replace("%s", n).replace("%t", t);
export const part = (name) => document.importNode($("t-" + name).content, true).firstElementChild;

export function tag(place, tone, icon, words) {
  place.className = "tag " + tone;
  place.textContent = words;
  const drawing = $("i-" + icon);
  if (drawing) place.insertBefore(document.importNode(drawing.content, true), place.firstChild);
  return place;
}

// The office's wall clock, whatever this phone's says: as_of and how long ago it was said.
export function officeNow(plan) {
  const offset = 8 * 3600e3; // China has one time
  const now = plan ? Date.parse(plan.as_of) + (Date.now() - plan.got) : Date.now();
  return new Date(now + offset);
}

export const dayOf = (at) => at.toISOString().slice(0, 10);
const english = document.documentElement.lang.indexOf("en") === 0;

export function dayWords(day, weekday) {
  if (!day) return "";
  const at = new Date(day + "T00:00:00Z");
  const how = english ? { day: "numeric", month: "short", timeZone: "UTC" } : { day: "numeric", month: "long", timeZone: "UTC" };
  let words = at.toLocaleDateString(english ? "en-GB" : "zh-CN", how);
  if (weekday) {
    const name = at.toLocaleDateString(english ? "en-GB" : "zh-CN", { weekday: "short", timeZone: "UTC" });
    words += english ? ", " + name : " (" + name + ")";
  }
  return words;
}

export function momentWords(milliseconds) {
  const at = new Date(milliseconds + 8 * 3600e3).toISOString();
  return dayWords(at.slice(0, 10)) + " " + at.slice(11, 16);
}

// A room number tells its floor: 302 is on the third.
export const floorOf = (room) => (/^\d{3,4}$/.test(room) && Number(room.slice(0, -2)) ? word("floor", Number(room.slice(0, -2))) : "");
export const placeOf = (about) => [about.place, about.room].filter(Boolean).join(" ");
export const whoOf = (about) => (about.name || about.label) + (about.place || about.room ? "·" + placeOf(about) : "");
export const aboutOf = ({ id, name, label, place, room, order, version, remark, tier_label }) => ({ id, name, label, place, room, order, version, remark, tier_label });
