// Light or dark and big words change at once; the link's own address keeps the choice for the next page (and works alone).
const named = { theme: "bsTheme", view: "view" };

export function switches() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-switch]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const address = new URL(link.href);
    const name = Object.keys(named).find((key) => address.searchParams.has(key));
    if (!name) return; // the language needs the page anew
    event.preventDefault();
    const value = address.searchParams.get(name);
    const dark = value === "auto" && matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset[named[name]] = dark ? "dark" : value;
    // The words on the switches come from the server: fetch this page's again, keep everything else as it is.
    const page = await fetch(link.href, { credentials: "same-origin" }).then((r) => r.text()).catch(() => "");
    const anew = new DOMParser().parseFromString(page, "text/html").querySelectorAll("a[data-switch]");
    const mine = document.querySelectorAll("a[data-switch]");
    if (anew.length !== mine.length) return;
    mine.forEach((each, n) => { each.href = anew[n].getAttribute("href"); each.replaceChildren(...anew[n].childNodes); });
  });
}
