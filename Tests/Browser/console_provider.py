"""Signs in to the web console at its OpenID provider, in a real browser, and prints where that leads as JSON.

usage: console_provider.py URL
"""
import json
import sys

from playwright.sync_api import sync_playwright


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.goto(sys.argv[1] + "/sign-in")
        page.click("form[action='/sign-in/provider'] button")
        page.wait_for_selector(".who span", timeout=20_000)
        print(json.dumps({"path": page.evaluate("location.pathname"), "user": page.inner_text(".who span")}))
        browser.close()


if __name__ == "__main__":
    main()
