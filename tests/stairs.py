"""A member's phone on the stairs, for browser tests: households to go to, the page open, its network cut, and all that it keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from jiequ.core import clock
from jiequ.outreach.actions import plan_contacts
from jiequ.outreach.models import Household, Visit
from tests import make
from tests.conftest import PHONE, Complaints

PAGE = "/visits/phone/"

#: Everything that scripts of this site can read on a phone, as one text: stores, caches, and what a cookie says.
DUMP = """async () => {
  const told = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
  const tell = async (value) => {
    if (value instanceof CryptoKey) {
      try { told.push(JSON.stringify(await crypto.subtle.exportKey("jwk", value))); } catch (error) { told.push("[key]"); }
    } else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer || value);
      told.push(new TextDecoder().decode(bytes), new TextDecoder("utf-16").decode(bytes.slice(0, bytes.length & ~1)));
    } else if (value && typeof value === "object") {
      for (const [name, part] of Object.entries(value)) { told.push(name); await tell(part); }
    } else told.push(String(value));
  };
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((done, failed) => { const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); asked.onerror = failed; });
    for (const store of base.objectStoreNames) {
      told.push("store " + store);
      const rows = await new Promise((done) => { const asked = base.transaction(store).objectStore(store).getAll(); asked.onsuccess = () => done(asked.result); });
      for (const row of rows) { told.push("row of " + store); await tell(row); }
    }
    base.close();
  }
  for (const name of await caches.keys()) {
    const kept = await caches.open(name);
    for (const request of await kept.keys()) told.push("kept " + request.url, await (await kept.match(request)).text());
  }
  return told.join("\\n");
}"""
#: Sets a field of the plan's row, as time would.
LATER = """(hours) => new Promise((done) => { const asked = indexedDB.open("jiequ-visits"); asked.onsuccess = () => {
  const rows = asked.result.transaction("plan", "readwrite").objectStore("plan");
  rows.get("plan").onsuccess = (event) => { const row = event.target.result; row.until -= hours * 3600e3;
    rows.put(row).onsuccess = () => { asked.result.close(); done(); }; }; }; })"""


def planned(
    building: Any, *, rooms: tuple[str, ...] = ("102", "302", "405", "501", "603"), **more: Any
) -> list[Household]:
    """Key households of a building that are due, with their contacts planned."""
    made = [make.household(building, room=room, tier="week", phone=f"1380000{room}9", **more) for room in rooms]
    plan_contacts()
    clock.move_to(make.WEDNESDAY + timedelta(days=7))  # the day all of them are due
    return made


def sign_in(context: Any, account: Any, live_server: Any) -> None:
    """`account` is signed in on this phone from now on, whoever was before."""
    client = Client()
    client.force_login(account, backend="jiequ.people.accounts.AccountBackend")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def on_the_phone(open_page: Any, account: Any, live_server: Any, **options: Any) -> Any:
    """The page, open on a phone, with its list, and kept for when the network is away."""
    page = open_page(PHONE, **options)
    sign_in(page.context, account, live_server)
    return opened(page)


def opened(page: Any) -> Any:
    page.goto(PAGE)
    page.wait_for_selector(".stop")
    for _each in range(100):  # our pages refuse the eval that waiting for a function needs
        if page.evaluate(
            """async () => (await navigator.serviceWorker.ready) && (await caches.match("/visits/phone/")) !== undefined"""
        ):
            break
        page.wait_for_timeout(100)
    return page


def go_to(page: Any, household: Household) -> None:
    page.locator(f'a[href="#visit-{household.pk}"]').click()
    page.wait_for_selector("#s-record:not([hidden])")


def write(
    page: Any,
    household: Household,
    note: str = "",
    *,
    services: tuple[str, ...] = (),
    found: tuple[str, ...] = (),
    remark: str = "",
) -> None:
    """One visit, from the list back to the list."""
    go_to(page, household)
    for service in services:
        page.get_by_label(service).check()
    if note:
        page.locator("#note").fill(note)
    for kind in found:
        page.locator(f"#visit [name=found][value={kind}]").check()
    if remark:
        page.locator("#more > summary").click()
        page.locator("#remark").fill(remark)
    page.get_by_role("button", name="记好了").click()
    page.wait_for_selector("#s-plan:not([hidden])")


def synced(page: Any, count: int = 1) -> None:
    page.locator("#n-done").get_by_text(f"已同步 {count} 条").wait_for()


def arrived(page: Any, count: int = 1) -> None:
    """What was written has come in, by the page or by the worker, who tells no page that opens later."""
    for _each in range(100):
        if Visit.objects.count() >= count:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{Visit.objects.count()} visits arrived")


def rows(page: Any, store: str = "waiting") -> int:
    return int(page.evaluate(DUMP).count(f"row of {store}\n"))


def forgive_the_network(console_errors: Complaints) -> None:
    """What a browser says of a network that was away, or of a session that had ended; anything else still fails the test."""
    console_errors.forgiven = ("Failed to load resource",)
