// Screens of sessions, drawn by xterm.js from what the gateway's own terminal shows. What comes is text, colours and
// positions of the gateway's making; nothing that was recorded gets here as it was.
"use strict";
const Screens = (() => {
    // xterm.js makes style sheets: the page's policy takes those with its nonce alone.
    const nonce = document.querySelector('meta[name="style-nonce"]')?.content;
    const create = document.createElement.bind(document);
    document.createElement = (name, options) => {
        const made = create(name, options);
        if (nonce && String(name).toLowerCase() === "style") made.nonce = nonce;
        return made;
    };

    const theme = { background: "#0b0d10", foreground: "#d8dbe0", cursor: "#d8dbe0" };
    const fonts = '"Noto Sans Mono", ui-monospace, monospace';

    class Screen {
        constructor(place, { limit = 18, least = 3 } = {}) {
            this.place = place;
            this.limit = limit;
            this.least = least;
            this.columns = 80;
            this.rows = 24;
            this.terminal = new Terminal({
                cols: this.columns, rows: this.rows, disableStdin: true, scrollback: 0, cursorBlink: false,
                cursorInactiveStyle: "outline", fontFamily: fonts, fontSize: 12, theme, screenReaderMode: false,
                convertEol: false, allowProposedApi: true, linkHandler: { activate() {} },
            });
            if (window.Unicode11Addon) {
                this.terminal.loadAddon(new Unicode11Addon.Unicode11Addon());
                this.terminal.unicode.activeVersion = "11";
            }
            this.terminal.open(place);
            this.terminal.textarea?.setAttribute("tabindex", "-1");
            this.fit();
            this.observer = new ResizeObserver(() => this.fit());
            this.observer.observe(place);
        }

        // A character is six tenths as wide as it is high, in the fonts that there are.
        fit() {
            const style = getComputedStyle(this.place);
            const width = this.place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
            const size = Math.max(this.least, Math.min(this.limit, Math.floor(width / this.columns / 0.602 * 4) / 4));
            if (size > 0 && size !== this.terminal.options.fontSize) this.terminal.options.fontSize = size;
        }

        show(columns, rows, change) {
            if (columns !== this.columns || rows !== this.rows) {
                [this.columns, this.rows] = [columns, rows];
                this.terminal.resize(columns, rows);
                this.fit();
            }
            this.terminal.write(change);
        }

        blank() { this.terminal.write("\x1b[0m\x1b[2J\x1b[H"); }

        get text() {
            const buffer = this.terminal.buffer.active;
            const lines = [];
            for (let row = 0; row < this.rows; row++) {
                lines.push(buffer.getLine(row)?.translateToString(true) ?? "");
            }
            return lines.join("\n");
        }

        close() {
            this.observer.disconnect();
            this.terminal.dispose();
        }
    }

    const csrf = () => document.querySelector('meta[name="csrf"]').content;

    // What changes something, by the API; the words of what went wrong are thrown.
    const send = async (path, body) => {
        const response = await fetch(path, {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-Sallyport-CSRF": csrf() },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        if (response.status === 204) return null;
        const answer = await response.json().catch(() => ({}));
        if (!response.ok) throw new Error(answer.error?.message ?? `the gateway answered ${response.status}`);
        return answer;
    };

    const get = async (path) => {
        const response = await fetch(path);
        if (response.status === 401) {
            location.reload();
            throw new Error("nobody is signed in any more");
        }
        const answer = await response.json().catch(() => ({}));
        if (!response.ok) throw new Error(answer.error?.message ?? `the gateway answered ${response.status}`);
        return answer;
    };

    // Opens streams while somebody can see the page, and closes them while it is in the background: nobody watches then, and
    // browsers open few connections to one host.
    const whileSeen = (open) => {
        let streams = [];
        const look = () => {
            if (document.hidden) {
                for (const stream of streams) stream.close();
                streams = [];
            } else if (!streams.length) {
                streams = open();
            }
        };
        document.addEventListener("visibilitychange", look);
        look();
    };

    return { Screen, send, get, whileSeen };
})();
