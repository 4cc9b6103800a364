import RecordingFormat

/// The parts of the page that are the same for every recording.
enum HTMLPage {
    /// Everything before the recording's own data.
    static let start = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="referrer" content="no-referrer">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sallyport recording</title>
        <style>\(style)</style>
        <script>\(HTMLPageScript.text)</script>
        </head>
        <body>
        <header><h1 id="title">Sallyport recording</h1><p id="facts"></p><p id="verification"></p></header>
        <main>
        <div id="box"><div id="screen" role="img" aria-label="terminal"></div></div>
        <div id="bar">
        <button id="play" type="button" title="space">Play</button>
        <span id="clock">0:00</span>
        <div id="track"><div id="ticks"></div><input id="seek" type="range" min="0" step="1" value="0"\
         aria-label="time"></div>
        <span id="end">0:00</span>
        <select id="speed" aria-label="speed" title="up and down"><option value="0.25">0.25×</option>\
        <option value="0.5">0.5×</option><option value="1" selected>1×</option><option value="2">2×</option>\
        <option value="4">4×</option><option value="8">8×</option><option value="16">16×</option></select>
        <label title="i"><input id="idle" type="checkbox" checked> skip pauses</label>
        </div>
        <p id="keys">space play or pause · ← → 5 s · ↑ ↓ speed · . next change · [ ] mark · Home, End · i skip pauses</p>
        <ol id="marks"></ol>
        <noscript><p>The player is a script within this file. It loads nothing, and the file's policy lets it load \
        nothing.</p></noscript>
        </main>

        """

    /// Everything after it.
    static let end = "</body>\n</html>\n"

    /// Nothing may be loaded from anywhere, and nothing may run but the one script below.
    private static let policy =
        "default-src 'none'; script-src 'sha256-\(hash(HTMLPageScript.text))'; "
        + "style-src 'sha256-\(hash(style))'; base-uri 'none'; form-action 'none'"

    private static func hash(_ text: String) -> String {
        let hash = RunningHash()
        hash.update(Array(text.utf8))
        return Base64Text.encode(hash.digest)
    }

    private static let style = """

        :root { --fg: #d8dbe0; --bg: #15181c; color-scheme: dark; }
        body { margin: 0; padding: 1rem; background: #0b0d10; color: #c3c8cf; font: 14px/1.4 sans-serif; }
        h1 { margin: 0; font-size: 1.1rem; }
        header p { margin: 0.1rem 0; color: #8b929c; overflow-wrap: anywhere; }
        #verification { color: #7fbf7f; }
        #verification.bad { color: #ff6b6b; font-weight: bold; }
        #box { margin: 0.8rem 0; overflow: auto; }
        #screen { position: relative; width: max-content; padding: 0.5em; border: 1px solid #333a44;
            background: var(--bg); color: var(--fg); font: 16px/1.25 monospace; font-variant-ligatures: none;
            white-space: pre; }
        #screen div.row, #screen .cell { direction: ltr; unicode-bidi: bidi-override; }
        #screen.reversed { --fg: #15181c; --bg: #d8dbe0; }
        #screen div.row { height: 1.25em; }
        #screen .cell { display: inline-block; height: 1.25em; overflow: hidden; vertical-align: top; }
        #screen .bold { font-weight: bold; }
        #screen .faint { opacity: 0.6; }
        #screen .italic { font-style: italic; }
        #screen .underline { text-decoration: underline; }
        #screen .strike { text-decoration: line-through; }
        #screen .underline.strike { text-decoration: underline line-through; }
        #cursor { position: absolute; width: 1ch; height: 1.25em; background: var(--fg); opacity: 0.5; }
        #bar { display: flex; gap: 0.7rem; align-items: center; }
        #track { position: relative; flex: 1; }
        #seek { width: 100%; margin: 0; }
        #ticks { position: absolute; inset: -6px 8px auto 8px; height: 5px; }
        #ticks i { position: absolute; width: 2px; height: 5px; background: #c9a24b; }
        #keys { color: #6d747e; font-size: 12px; }
        #marks { list-style: none; padding: 0; font-family: monospace; }
        #marks button { font: inherit; color: inherit; background: none; border: 0; padding: 0.1rem 0; cursor: pointer;
            text-align: left; overflow-wrap: anywhere; }
        #marks button:hover { text-decoration: underline; }

        """
}
