// Forms: nothing typed is lost without a word, and nothing is sent twice by an impatient finger.
export function guardForms() {
  let changed = null;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) changed = form;
  });
  document.addEventListener("submit", (event) => {
    changed = null;
    const button = event.submitter;
    if (event.defaultPrevented || !button || event.target.method !== "post") return;
    setTimeout(() => button.setAttribute("aria-disabled", "true"));
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
    setTimeout(() => { delete event.target.dataset.sent; button.removeAttribute("aria-disabled"); }, 4000);
  });
  addEventListener("beforeunload", (event) => {
    if (changed && changed.isConnected) event.preventDefault();
  });
}
