// Runs before the page is drawn. The style sheet follows the system by itself; Tabler's own parts need the word "dark".
const root = document.documentElement;
if (root.dataset.bsTheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches) root.dataset.bsTheme = "dark";
