// Where the phone is, when somebody presses for it and never before. The position goes into the form, nowhere else.
export function locate() {
  const reveal = () => {
    const button = document.querySelector("[data-locate]");
    if (button && navigator.geolocation && window.isSecureContext) button.hidden = false;
  };
  reveal();
  document.addEventListener("toggle", reveal, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate]");
    if (!button) return;
    const form = button.closest("form");
    const says = form.querySelector("[data-located]");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.where.value = "other";
      form.elements.longitude.value = coords.longitude.toFixed(6);
      form.elements.latitude.value = coords.latitude.toFixed(6);
      says.textContent = button.dataset.found.replace("%s", Math.ceil(coords.accuracy));
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }, () => { says.textContent = button.dataset.denied; }, { enableHighAccuracy: true, timeout: 15e3 });
  });
}
