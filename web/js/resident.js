// What a resident's page runs, on a phone that may be seven years old. Nothing here is needed to get through.
import { breakBetweenWords } from "./words.js";
import { guardForms } from "./forms.js";
import { switches } from "./switches.js";
import { drafts } from "./draft.js";
import { locate } from "./locate.js";

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const copier = event.target.closest("[data-copy]");
  if (copier && navigator.clipboard) {
    navigator.clipboard.writeText(copier.dataset.copy).then(() => { copier.textContent = copier.dataset.copied; });
  }
});
switches();
guardForms();
const wrong = document.querySelector("[data-focus]");
if (wrong) wrong.focus();
breakBetweenWords();
locate();
drafts();
