// A list to work through: j and k go from row to row, x ticks it; what is ticked is counted; a template fills its field.
export function rows() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k", "x"].includes(event.key)) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
    const table = document.querySelector("table[data-keys]");
    if (!table) return;
    const lines = [...table.tBodies[0].rows];
    const at = lines.findIndex((line) => line.contains(document.activeElement));
    if (event.key === "x") {
      if (at >= 0) lines[at].querySelector("[name=pick]")?.click();
      return;
    }
    const next = lines[Math.max(0, Math.min(lines.length - 1, at + (event.key === "j" ? 1 : -1)))];
    next?.querySelector(".title a")?.focus();
  });
  const count = (form) => {
    const picked = form.querySelectorAll("[name=pick]:checked").length;
    const words = form.querySelector("[data-picked]");
    if (words && picked) words.textContent = words.dataset.picked.replace("%s", picked);
    for (const button of form.querySelectorAll(".bulk button")) button.disabled = !picked;
  };
  const begin = (place) => {
    for (const form of place.querySelectorAll("form[data-picks]")) {
      for (const all of form.querySelectorAll("[data-pick-all]")) all.hidden = false;
      count(form);
    }
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-picks]");
    if (form) {
      if (event.target.matches("[data-pick-all]")) for (const box of form.querySelectorAll("[name=pick]")) box.checked = event.target.checked;
      count(form);
    }
    const fills = event.target.dataset.fills;
    const field = fills && document.getElementById(fills);
    const text = field && event.target.selectedOptions[0]?.dataset.text;
    if (text) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => begin(event.target));
  begin(document);
}
