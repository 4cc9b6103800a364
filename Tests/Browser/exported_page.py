"""Opens a page that `recording export --format html` wrote in a real browser, plays it, and prints what came of it as JSON.

usage: exported_page.py FILE.html [SCREENSHOT.png]
"""
import json
import pathlib
import sys
import time

from playwright.sync_api import sync_playwright

#: Set by whatever of the recording would be run.
TRAP = "window.__trap = []; for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'])" \
       " window[name] = (...words) => { window.__trap.push(name); return null; };"

#: How many elements there are that the page has no use for; its data is in scripts that are none.
FOREIGN = """document.querySelectorAll(
    "a, img, iframe, object, embed, link, form, svg, script:not(head script, [type='application/json'])").length"""


def wait(page, condition, seconds=30):
    """Until the expression is true. Playwright's own way evaluates it in the page, which the page's policy forbids."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise TimeoutError(condition)
        time.sleep(0.02)


def main():
    page_file, screenshot = pathlib.Path(sys.argv[1]), (sys.argv[2:] or [None])[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1000, "height": 700}).new_page()
        requests, complaints, popups = [], [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("popup", lambda popup: popups.append(popup.url))
        page.on("dialog", lambda dialog: (popups.append(dialog.message), dialog.dismiss()))
        page.add_init_script(TRAP)
        address = page_file.resolve().as_uri()
        page.goto(address)
        page.keyboard.press("End")
        wait(page, "document.querySelector('#screen div.row') !== null")
        wait(page, "document.getElementById('seek').value === document.getElementById('seek').max")
        at_end = page.inner_text("#screen")
        if screenshot:
            page.screenshot(path=screenshot)
        page.keyboard.press("Home")
        at_start = page.inner_text("#screen")
        page.keyboard.press("Space")
        wait(page, "Number(document.getElementById('seek').value) > 0")
        page.keyboard.press("Space")
        print(json.dumps({
            "title": page.title(),
            "heading": page.inner_text("#title"),
            "facts": page.inner_text("header"),
            "marks": page.inner_text("#marks"),
            "start": at_start,
            "end": at_end,
            "requests": [url for url in requests if url != address],
            "complaints": complaints,
            "popups": popups,
            "trap": page.evaluate("window.__trap"),
            "address": page.url == address,
            "foreign": page.evaluate(FOREIGN),
        }))
        browser.close()


if __name__ == "__main__":
    main()
