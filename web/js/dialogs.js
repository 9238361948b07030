// A link marked data-dialog leads to a page that asks for more; here that page's form opens in a <dialog> on this page.
// Without scripts, or when it cannot be fetched, the link is just a link. data-confirm on a form asks before it is sent.
import { breakBetweenWords } from "./words.js";

const words = () => document.body.dataset;

function show(inside, opener) {
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "iconbtn dialog-close";
  close.textContent = "×";
  close.setAttribute("aria-label", words().close);
  close.addEventListener("click", () => dialog.close());
  dialog.append(close, ...inside);
  const heading = dialog.querySelector("h1, h2");
  if (heading) {
    heading.id = "dialog-heading";
    dialog.setAttribute("aria-labelledby", heading.id);
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus(); // the reader goes on where they were
  });
  document.body.append(dialog);
  breakBetweenWords(dialog);
  dialog.showModal();
  const first = dialog.querySelector("input:not([type=hidden]), select, textarea, button.btn-primary, button.btn");
  (first || close).focus();
  return dialog;
}

async function openPage(link) {
  const response = await fetch(link.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  const form = main && main.querySelector("form:not(.press)");
  if (!response.ok || response.redirected || !form) return location.assign(link.href);
  for (const each of main.querySelectorAll("form[method=post]:not([action])")) each.action = link.href;
  for (const extra of main.querySelectorAll(".phone-foot, .messages, .rooms")) extra.remove();
  const dialog = show([...main.childNodes], link);
  // Beside the button of a form stands the way back, which here is where the reader still is.
  dialog.addEventListener("click", (event) => {
    const back = event.target.closest(".formacts a.btn, .form .acts a.btn");
    if (!back || back.hasAttribute("data-dialog") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.close();
  });
  return dialog;
}

function ask(form, button) {
  const text = document.createElement("h2");
  text.textContent = form.dataset.confirm;
  const row = document.createElement("p");
  row.className = "row";
  const go = document.createElement("button");
  go.className = "btn btn-primary";
  go.textContent = (button && button.textContent.trim()) || words().go;
  const not = document.createElement("button");
  not.className = "btn";
  not.textContent = words().cancel;
  row.append(go, not);
  const dialog = show([text, row], button || form);
  not.addEventListener("click", () => dialog.close());
  go.addEventListener("click", () => {
    form.dataset.confirmed = "yes";
    dialog.close();
    form.requestSubmit(button || undefined);
  });
}

export function dialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const here = opener.dataset.dialog && document.getElementById(opener.dataset.dialog);
    if (here) {
      event.preventDefault();
      here.addEventListener("close", () => opener.focus(), { once: true });
      here.showModal();
    } else if (opener.href) {
      event.preventDefault();
      openPage(opener).catch(() => location.assign(opener.href));
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    ask(form, event.submitter);
  }, true);
}
