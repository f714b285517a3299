"""What a person sees, in Debian's Chromium at the size of a phone.

With `KL30_SCREENSHOTS=1` the picture of the PROGRAMMING state is also written to `docs/page.png`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from appliance.clock import RealClock
from appliance.page.app import create_app
from appliance.page.serve import Running, start_in_thread
from tests.page.bench import Panel, Supply, create_bench_app
from tests.page.states import (
    MORE_STATES,
    RUN,
    STATES,
    creeping,
    held,
    held_long,
    programming,
    write_report,
    write_status,
)

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 390, "height": 844}
DOCS = Path(__file__).parents[2] / "docs"
NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10 Reflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER TESTS: chromium is not installed (apt install chromium)"),
]


@dataclass
class Watched:
    """A browser's page and every complaint it made."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        self.page.goto(url, wait_until="load")
        return self.page

    def note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def served(data: Path) -> Iterator[Running]:
    write_status(data, programming())
    write_report(data)
    (data / "reports" / f"{RUN}.html").write_text("<!doctype html><title>report</title>", encoding="utf-8")
    running = start_in_thread(create_bench_app(data, Panel(), Supply()), "127.0.0.1", 0)
    yield running
    running.stop()


def watch(
    browser: Browser,
    *,
    scheme: str = "light",
    script: bool = True,
    size: dict[str, int] = PHONE,
    scale: int = 1,
) -> Watched:
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]  # a TypedDict of the same two keys
        color_scheme=scheme,  # type: ignore[arg-type]  # a Literal
        java_script_enabled=script,
        device_scale_factor=scale,
    )
    watched = Watched(context.new_page())
    watched.page.on("console", watched.note)
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched


def overflow_px(page: Page) -> int:
    """How far the page can be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


CONTRAST = """() => {
  const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const numbers = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest(".unseen, script, noscript, [hidden]")) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${e.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@dataclass(frozen=True)
class Look:
    """One screen, measured."""

    overflow_px: int
    poor_contrast: list[str]
    complaints: list[str]
    picture: Path


SCREENS = [f"state:{state}" for state in MORE_STATES] + ["silent:old", "silent:none", "silent:damaged"]
SCREENS += ["/reports", f"/reports/{RUN}", "/bench/", "/nowhere"]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Running]]:
    """One server for all screens, and the data folder it reads."""
    data = tmp_path_factory.mktemp("gallery")
    running = start_in_thread(create_bench_app(data, Panel(), Supply()), "127.0.0.1", 0)
    yield data, running
    running.stop()


@pytest.fixture(
    scope="module", params=[(name, scheme) for scheme in ("light", "dark") for name in SCREENS], ids="-".join
)
def look(request: pytest.FixtureRequest, browser: Browser, gallery: tuple[Path, Running]) -> Look:
    """Each screen in each scheme, opened once and measured for every claim below."""
    name, scheme = request.param
    data, running = gallery
    fill(data, name)
    watched = watch(browser, scheme=scheme)
    page = watched.open(running.url + (name if name.startswith("/") else "/"))
    picture = data / f"{name.strip('/').replace('/', '-').replace(':', '-')}-{scheme}.png"
    page.screenshot(path=picture, full_page=True)
    measured = Look(overflow_px(page), page.evaluate(CONTRAST), watched.complaints, picture)
    page.context.close()
    return measured


def fill(data: Path, name: str) -> None:
    """A data folder for one screen."""
    write_report(data)
    (data / "reports" / f"{RUN}.html").write_text("<!doctype html><title>report</title>", encoding="utf-8")
    kind, _, which = name.partition(":")
    path = write_status(data, MORE_STATES[which]() if kind == "state" else programming())
    match which:
        case "old":
            os.utime(path, (path.stat().st_mtime - 40,) * 2)
        case "none":
            path.unlink()
        case "damaged":
            path.write_text("{", encoding="utf-8")


def test_every_screen_fits_a_phone(look: Look) -> None:
    assert look.overflow_px == 0


def test_no_screen_breaks_its_own_content_policy_or_complains(look: Look) -> None:
    assert [text for text in look.complaints if "404 (NOT FOUND)" not in text] == []


def test_all_text_has_the_contrast_of_wcag_aa(look: Look) -> None:
    assert look.poor_contrast == []


@pytest.mark.parametrize("path", ["/", "/reports", f"/reports/{RUN}", "/bench/"])
def test_nothing_scrolls_sideways_on_the_narrowest_phone(browser: Browser, served: Running, path: str) -> None:
    page = watch(browser, size=NARROW).open(served.url + path)
    assert overflow_px(page) == 0
    page.context.close()


@pytest.mark.parametrize("path", ["/", "/reports", f"/reports/{RUN}", "/bench/"])
def test_whatever_is_touched_is_44_px_or_more(browser: Browser, served: Running, path: str) -> None:
    page = watch(browser).open(served.url + path)
    small = page.evaluate(
        "[...document.querySelectorAll('a, button, input')]"
        ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )
    page.context.close()
    assert small == []


def test_a_change_of_phase_arrives_without_a_reload(browser: Browser, served: Running, data: Path) -> None:
    watched = watch(browser)
    page = watched.open(served.url)
    page.evaluate("window.sameDocument = true")
    write_status(data, STATES["held"]())
    page.wait_for_selector("#phase h1:has-text('HELD')", timeout=5000)
    assert page.evaluate("window.sameDocument") is True
    assert page.locator("#announce").inner_text().startswith("HELD.")
    assert page.title().startswith("HELD")
    page.context.close()
    assert watched.complaints == []


def test_the_time_of_day_is_read_off_the_phones_own_clock(browser: Browser, served: Running, data: Path) -> None:
    """The appliance's clock may be years off."""
    write_status(data, creeping())
    watched = watch(browser)
    watched.page.clock.set_fixed_time("2031-02-03T10:00:00")
    said = watched.open(served.url).locator(".lasting").inner_text()
    watched.page.context.close()
    assert re.search(r"in 2 min 10 s, about 10:02", said)


def test_a_hold_that_becomes_urgent_is_announced_again(browser: Browser, served: Running, data: Path) -> None:
    write_status(data, held())
    page = watch(browser).open(served.url)
    write_status(data, held_long())
    page.wait_for_selector("#phase.tone-urgent", timeout=5000)
    announced = page.locator("#announce").inner_text()
    page.context.close()
    assert announced.startswith("HELD.")


def test_the_live_trace_fits_its_card_with_readable_words(browser: Browser, served: Running, data: Path) -> None:
    write_status(data, held())
    page = watch(browser).open(served.url)
    measured = page.evaluate(
        "[...document.querySelectorAll('.chart text')].map(e => e.getBoundingClientRect())"
        ".map(r => [r.left, r.right, r.height])"
    )
    card = page.locator("#supply").bounding_box()
    page.context.close()
    assert card is not None
    assert all(card["x"] <= left and right <= card["x"] + card["width"] for left, right, _ in measured)
    assert min(height for *_, height in measured) >= 11


def test_without_scripts_the_page_reloads_itself(browser: Browser, served: Running, data: Path) -> None:
    page = watch(browser, script=False).open(served.url)
    write_status(data, STATES["done"]())
    page.wait_for_selector("#phase h1:has-text('DONE')", timeout=8000)
    page.context.close()


@pytest.fixture
def lost(browser: Browser, served: Running, data: Path) -> Iterator[Page]:
    """A phone that saw DONE, and then nothing for ten seconds of its own clock."""
    write_status(data, STATES["done"]())
    watched = watch(browser)
    watched.page.clock.install()
    page = watched.open(served.url)
    served.stop()
    page.clock.run_for(10_000)
    page.wait_for_selector("#lost:not([hidden])", timeout=20_000)
    yield page
    page.context.close()


def test_a_phone_that_lost_the_appliance_says_so_and_that_the_work_goes_on(lost: Page) -> None:
    assert "goes on without the phone" in lost.locator("#lost").inner_text()


def test_a_phone_that_lost_the_appliance_no_longer_says_that_it_is_safe_to_unplug(lost: Page) -> None:
    assert not lost.locator("#unplug").is_visible()


def show(page: Page, *, hidden: bool) -> None:
    """Put the phone into the pocket, or take it out."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_phone_taken_out_of_the_pocket_doubts_what_it_shows_until_it_has_asked(
    browser: Browser, served: Running, data: Path
) -> None:
    write_status(data, STATES["done"]())
    page = watch(browser).open(served.url)
    show(page, hidden=True)
    served.stop()
    show(page, hidden=False)
    visible = page.locator("#unplug").is_visible()
    page.context.close()
    assert visible is False


def test_a_phone_taken_out_of_the_pocket_catches_up(browser: Browser, served: Running, data: Path) -> None:
    page = watch(browser).open(served.url)
    show(page, hidden=True)
    write_status(data, STATES["done"]())
    show(page, hidden=False)
    page.wait_for_selector("#phase h1:has-text('DONE')", timeout=5000)
    page.locator("#unplug").wait_for(timeout=5000)
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_the_bench_buttons_reach_the_simulated_panel(browser: Browser, data: Path, script: bool) -> None:
    panel, supply = Panel(), Supply()
    running = start_in_thread(create_bench_app(data, panel, supply), "127.0.0.1", 0)
    page = watch(browser, script=script).open(f"{running.url}/bench/")
    page.get_by_role("button", name="START", exact=True).click()
    page.get_by_role("button", name="Pull the plug").click()
    page.get_by_role("button", name="Put it back").wait_for()
    page.context.close()
    running.stop()
    assert panel.pressed == ["start"]
    assert supply.plugged is False


def test_the_picture_for_the_documentation(browser: Browser, data: Path, tmp_path: Path) -> None:
    write_status(data, programming())
    running = start_in_thread(create_app(data, RealClock()), "127.0.0.1", 0)
    page = watch(browser, scale=2).open(running.url)
    folder = DOCS if os.environ.get("KL30_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(exist_ok=True)
    picture = folder / "page.png"
    page.screenshot(path=picture)
    page.context.close()
    running.stop()
    assert picture.stat().st_size > 10_000
