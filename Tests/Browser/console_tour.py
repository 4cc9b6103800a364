"""Walks through the web console in a real browser while a real ssh client works, and prints what it saw as JSON.

usage: console_tour.py PLAN.json
The plan: url, user, password, codes (one for each sign-in), live and asking (command lines of ssh), prompt (of the shell), asker (a user),
pictures (a folder, or null).
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from playwright.sync_api import Error, sync_playwright

PATIENCE = 20
HOSTILE = (r"printf '\033]0;</title><script>alert(2)</script>\007\033]8;;javascript:alert(3)\033\\here\033]8;;\033\\"
           r"\033]52;c;cHduZWQ=\007\033[c\033[6n\033P+q544e\033\\<img src=x onerror=alert(1)>\n'; echo that-was-$((40+6))")


class Terminal:
    """A stock ssh client at a terminal of its own."""

    def __init__(self, command):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self.seen = b""

    def type(self, text):
        os.write(self.master, text.encode())

    def read(self, seconds=0.0):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                return
            if not piece:
                return
            self.seen += piece

    def wait(self, text, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while text.encode() not in self.seen:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the client never showed {text!r}: {self.seen[-500:]!r}")
            self.read(0.05)

    def ended(self, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        return self.process.poll() is not None

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)


class Tour:
    def __init__(self, plan, browser):
        self.plan, self.found, self.clients = plan, {}, []
        self.codes = list(plan["codes"])
        self.foreign, self.complaints = [], []
        self.context = self.open(browser, 1280, 800, "dark")
        self.page = self.context.new_page()
        self.listen(self.page)

    def open(self, browser, width, height, scheme):
        return browser.new_context(
            viewport={"width": width, "height": height}, ignore_https_errors=True, color_scheme=scheme)

    def listen(self, page):
        page.on("request", lambda request: None if request.url.startswith((self.plan["url"], "data:"))
                else self.foreign.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text)
                if "Content Security Policy" in message.text or "Refused" in message.text else None)
        page.on("dialog", lambda dialog: (self.foreign.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda popup: self.foreign.append(popup.url))

    def until(self, condition, what, page=None, terminal=None):
        """Until the expression is true. Playwright's own way evaluates text in the page, which its policy forbids."""
        page, deadline = page or self.page, time.monotonic() + PATIENCE
        while True:
            try:
                value = page.evaluate(condition)
            except Error:
                # The page is just being left.
                value = None
            if value:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: {page.url} shows {page.inner_text('main')[:800]!r}")
            for client in self.clients:
                client.read()
            time.sleep(0.03)

    def picture(self, name, page=None):
        if self.plan.get("pictures"):
            time.sleep(0.4)
            (page or self.page).screenshot(path=f"{self.plan['pictures']}/console-{name}.png")

    def client(self, command):
        client = Terminal(command)
        self.clients.append(client)
        return client

    # What xterm.js shows, by its rows.
    SCREEN = "[...document.querySelectorAll('{place} .xterm-rows > div')].map(row => row.textContent).join('\\n')"

    def screen(self, place, text, page=None):
        rows = self.SCREEN.replace("{place}", place)
        self.until(f"{rows}.replaceAll('\\u00a0', ' ').includes({json.dumps(text)})", f"{place} shows {text!r}", page)

    def sign_in(self, page=None, code=None):
        page = page or self.page
        # By the keyboard alone: the first field has it.
        for text in (self.plan["user"], self.plan["password"], code or self.codes.pop(0)):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")

    def walk(self):
        page, url = self.page, self.plan["url"]
        page.goto(url + "/recordings")
        self.picture("sign-in")
        self.sign_in(code="000000")
        self.until("document.querySelector('.problem') !== null", "a wrong code is refused")
        self.found["refused"] = page.inner_text(".problem")
        page.focus("[name=user]")
        page.keyboard.press("Control+A")
        self.sign_in()
        self.until("location.pathname === '/recordings'", "the sign-in leads on")

        page.goto(url + "/")
        self.until("!document.getElementById('empty').hidden", "nobody is in a session")
        live = self.client(self.plan["live"])
        live.wait(self.plan["prompt"])
        live.type("echo seen-$((40+2))\r")
        live.wait("seen-42")
        self.screen(".thumbnail", "seen-42")
        self.found["listed"] = page.inner_text(".card h2")
        self.picture("live")

        page.focus(".card h2 a")
        page.keyboard.press("Enter")
        self.until("location.pathname.startsWith('/sessions/')", "the session's page opens")
        self.screen("#screen", "seen-42")
        live.type("echo after-$((40+3))\r")
        self.screen("#screen", "after-43")
        self.found["state"] = page.inner_text("#state")
        # Whatever a terminal or a page might be talked into.
        live.type(HOSTILE + "\r")
        self.screen("#screen", "<img src=x onerror=alert(1)>")
        self.screen("#screen", "that-was-46")
        self.found["title"] = page.title()
        self.found["made"] = page.evaluate(
            "document.querySelectorAll('main img, main iframe, main script, .xterm-screen a').length")

        page.keyboard.press("l")
        page.keyboard.type("a look at this first")
        page.keyboard.press("Enter")
        live.wait("a look at this first")
        self.until("document.getElementById('state').textContent.startsWith('locked')", "it is locked")
        self.found["locked"] = page.inner_text("#state")
        self.picture("session-locked")
        live.type("echo while-$((40+4))\r")
        time.sleep(0.5)
        live.read()
        self.found["typed while locked"] = "while-44" in live.seen.decode(errors="replace")
        page.keyboard.press("u")
        self.until("document.getElementById('state').textContent === 'live'", "it is unlocked")
        live.type("\recho again-$((40+5))\r")
        self.screen("#screen", "again-45")

        page.click("[data-act=message]")
        page.keyboard.type("please call the operations desk")
        page.keyboard.press("Enter")
        live.wait("please call the operations desk")
        self.until("!document.getElementById('dialog').open", "the dialog closes")
        page.click("[data-act=kill]")
        page.keyboard.type("enough")
        page.keyboard.press("Enter")
        self.found["killed"] = live.ended()
        self.until("document.getElementById('state').textContent === 'over'", "the page tells that it is over")

        asking = self.client(self.plan["asking"])
        asking.wait("Why do you need it?")
        asking.type("the disk is full\r")
        asking.wait("For how long")
        asking.type("\r")
        asking.wait("waiting for")
        page.goto(url + "/requests")
        self.until("document.querySelector('.request') !== null", "the request is listed")
        self.picture("requests")
        page.click(".request a")
        self.until("location.pathname.startsWith('/requests/')", "the request opens")
        self.found["request"] = page.inner_text("main")
        self.picture("request")
        page.fill("form[action$='/approve'] [name=text]", "go ahead")
        page.click("form[action$='/approve'] button")
        asking.wait("approved-and-in")
        self.found["approved"] = page.inner_text(".note")
        self.found["asker ended"] = asking.ended()

        # The index of what was shown is made soon after the end.
        deadline = time.monotonic() + PATIENCE
        while True:
            page.goto(url + "/recordings?text=seen-42")
            if page.locator(".hit a").count() or time.monotonic() > deadline:
                break
            time.sleep(0.3)
        self.picture("search")
        self.found["hit"] = page.inner_text(".hit >> nth=0")
        page.click(".hit a >> nth=0")
        self.until("location.pathname.startsWith('/recordings/')", "the recording opens")
        self.screen("#screen", "seen-42")
        self.until("document.getElementById('seal').textContent === 'verified'", "it is verified")
        self.until("document.querySelectorAll('#transcript li').length > 3", "there is a transcript")
        self.found["transcript"] = page.inner_text("#transcript")
        self.found["opened at"] = page.evaluate("Number(document.getElementById('seek').value)")
        page.keyboard.press("End")
        self.screen("#screen", "again-45")
        page.keyboard.press("Home")
        self.until("Number(document.getElementById('seek').value) === 0", "it goes to its beginning")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Space")
        self.screen("#screen", "seen-42")
        self.until("Number(document.getElementById('seek').value) > 0", "it plays")
        page.keyboard.press("Space")
        page.fill("#needle", "after-43")
        page.keyboard.press("Enter")
        self.screen("#screen", "after-43")
        self.until("document.getElementById('hits').textContent !== ''", "it says where")
        self.found["hits"] = page.inner_text("#hits")
        self.found["duration"] = page.evaluate("Number(document.getElementById('seek').max)")
        page.click("[data-pane=events]")
        self.found["events"] = page.inner_text("#events")
        page.click("[data-pane=transcript]")
        page.click("#seal")
        self.found["seal"] = page.inner_text("#seal-text")
        self.picture("replay")

        for name, path, what in (
                ("targets", "/targets", "h1"), ("users", "/users/" + self.plan["asker"], "h1"),
                ("explain", f"/explain?user={self.plan['asker']}&account=root&target=nowhere", ".verdict"),
                ("audit", "/audit", "#rows tr"), ("health", "/health", "h1")):
            page.goto(url + path)
            self.until(f"document.querySelector({json.dumps(what)}) !== null", f"{path} is there")
            self.found[name] = page.inner_text("main")
            self.picture(name)
        self.narrow(page.context.browser)
        page.click(".who button")
        self.until("location.pathname === '/sign-in'", "it signs out")
        page.goto(url + "/audit")
        self.found["after signing out"] = page.url

    def narrow(self, browser):
        """At the width of a phone, in light colours: nothing is wider than the screen."""
        context = self.open(browser, 390, 844, "light")
        context.add_cookies(self.context.cookies())
        page = context.new_page()
        self.listen(page)
        wide = []
        for path in ("/", "/requests", "/recordings", "/targets", "/users", "/grants", "/audit", "/health"):
            page.goto(self.plan["url"] + path)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path)
        page.goto(self.plan["url"] + "/recordings")
        page.click("tbody tr:last-child a")
        self.until("document.getElementById('seal') !== null", "the player opens on a phone", page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append("player")
        self.picture("phone", page)
        self.found["too wide"] = wide
        context.close()


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=["--no-sandbox", "--disable-gpu"])
        tour = Tour(plan, browser)
        try:
            tour.walk()
        finally:
            for client in tour.clients:
                client.close()
        print(json.dumps(tour.found | {"foreign": tour.foreign, "complaints": tour.complaints}))
        browser.close()


if __name__ == "__main__":
    main()
