"""Chromium, as a reader of a page has it: opened from disk, with everything that it complains of or asks the network for."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
)
HOW = "apt-get install chromium chromium-driver"
PHONE, DESKTOP = (390, 844), (1280, 900)


class Chromium:
    """A window of Chromium."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, *, size: tuple[int, int] = DESKTOP, dark: bool = False, anchor: str = "") -> None:
        """Open a page from disk in a window of ``size``, and forget what was complained of before."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [scheme]})
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(page.absolute().as_uri() + anchor)

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a script returns in the page."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector: str) -> int:
        """Return how many elements of a selector are shown."""
        return sum(element.is_displayed() for element in self.driver.find_elements(By.CSS_SELECTOR, selector))

    def press(self, keys: str) -> None:
        """Press keys where the focus is."""
        webdriver.ActionChains(self.driver).send_keys(keys).perform()

    def click_at(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        actions = ActionBuilder(self.driver)
        actions.pointer_action.move_to_location(round(x), round(y)).click()
        actions.perform()

    def wait(self, script: str, seconds: float = 10.0) -> Any:
        """Wait until a script returns something true, and return that."""
        end = time.monotonic() + seconds
        while True:
            if found := self.run(script):
                return found
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.03)

    def complaints(self) -> list[str]:
        """Return the messages of the console so far, such as errors of scripts and what the policy of the page refused."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the URLs that were asked for so far, other than files on disk and what is inside the page; not what the policy refused."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        failed = (event["params"] for event in events if event["method"] == "Network.loadingFailed")
        refused = {params["requestId"] for params in failed if params.get("blockedReason") == "csp"}
        sent = (event["params"] for event in events if event["method"] == "Network.requestWillBeSent")
        urls = [params["request"]["url"] for params in sent if params["requestId"] not in refused]
        return [url for url in urls if not url.startswith(("file:", "data:", "blob:", "about:"))]

    def faults(self) -> list[str]:
        """Return the serious faults that axe-core finds. Skips the test if that is not installed."""
        self.run(axe())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']})"
            ".then((result) => done(result.violations), (error) => done([{id: String(error)}]))"
        )
        serious = [one for one in found if one.get("impact", "serious") in ("serious", "critical")]
        return [f"{one['id']}: {[node['html'][:200] for node in one.get('nodes', ())][:3]}" for one in serious]

    def prints(self) -> bytes:
        """Return the page as it is printed, as PDF."""
        return b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])


def axe() -> str:
    path = Path(os.environ.get("VOICEOVER_NODE_MODULES", "")) / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("axe-core is not installed: npm install axe-core, and the path of node_modules in VOICEOVER_NODE_MODULES")
    return path.read_text("utf-8")


@contextmanager
def started() -> Iterator[Chromium]:
    """Start Chromium with a profile of its own. Skips the test if it is not installed."""
    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in programs:
        pytest.skip(f"Chromium is not installed: {HOW}")
    chromium, driver = map(str, programs)
    profile = tempfile.mkdtemp(prefix="voiceover-chromium-")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Chromium(made)
    finally:
        made.quit()
        shutil.rmtree(profile, ignore_errors=True)
