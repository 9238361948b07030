// Runs before the page is drawn: whoever has chosen nothing gets the system's light or dark.
if (!document.documentElement.dataset.bsTheme && matchMedia("(prefers-color-scheme: dark)").matches) {
  document.documentElement.dataset.bsTheme = "dark";
}
