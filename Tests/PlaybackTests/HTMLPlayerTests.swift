import Foundation
import RecordingFormat
import TerminalModel
import Testing

@testable import Playback

@Suite struct HTMLPlayerTests {
    private static func export(
        _ events: [RecordedEvent], title: String = "alice as root on web1", includesInput: Bool = false,
        verification: String = "complete: closed", isSound: Bool = true, burstBytes: Int = ScreenFrames.burstBytes
    ) throws -> ReadPage {
        var player = HTMLPlayer(
            .init(
                channel: 1, title: title, name: "r1", startedAt: 1_700_000_000_000_000_000,
                includesInput: includesInput), burstBytes: burstBytes)
        var text = player.start()
        for event in events { text += player.append(event) }
        return try ReadPage(text + player.finish(verification: verification, isSound: isSound))
    }

    private static func rows(_ screen: TerminalScreen) -> [String] {
        screen.rows.map { row in
            let scalars = row.text.unicodeScalars.map(SafeText.harmless)
            return ReadPage.trimmed(String(String.UnicodeScalarView(scalars)))
        }
    }

    @Test("at every moment of rest the page shows what the terminal showed", arguments: 0..<20)
    func screens(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) + 500)
        let events = Sample.session(80, &random)
        let page = try Self.export(events)
        var view = ChannelScreen(channel: 1)
        for (index, event) in events.enumerated() {
            view.apply(event)
            let next = index + 1 < events.count ? events[index + 1].time : event.time + 1_000_000
            guard next - event.time > 40_000 else { continue }
            #expect(try page.rows(at: Int(event.time / 1000)) == Self.rows(view.screen), "event \(index)")
        }
    }

    @Test("a long recording is in pieces, and each shows its times by itself")
    func pieces() throws {
        var random = SeededGenerator(seed: 3)
        func line() -> String {
            (0..<6).map { _ in String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 36) }.joined() + "\r\n"
        }
        let events =
            [Sample.pty(120, 50)]
            + (0..<600).map { second in
                let text = (0..<40).map { _ in line() }.joined()
                return Sample.event(
                    UInt64(second) * 1_000_000, .output(Array(text.utf8) + Sample.terminalBytes(20, &random)))
            }
        let page = try Self.export(events)
        #expect(page.chunks.count > 2)
        var view = ChannelScreen(channel: 1)
        for event in events {
            view.apply(event)
            guard event.time % 50_000_000 == 0, event.time > 0 else { continue }
            #expect(try page.rows(at: Int(event.time / 1000)) == Self.rows(view.screen))
        }
    }

    @Test("a flood has few frames, its end is exact, and what comes after is smooth")
    func flood() throws {
        var events = [Sample.pty(200, 100)]
        // A new screen of 20 KB each 40 ms: 2 MB.
        let line = String(repeating: "0123456789", count: 19)
        for piece in 0..<100 {
            let text = (0..<100).map { "\r\n\(piece) \($0) \(line)" }.joined()
            events.append(Sample.output(UInt64(piece) * 40_000, text))
        }
        let quiet: UInt64 = 10_000_000
        events.append(Sample.output(quiet - 1_000_000, "\r\n"))
        for key in 0..<20 { events.append(Sample.output(quiet + UInt64(key) * 100_000, "\(key).")) }
        let page = try Self.export(events, burstBytes: 512 * 1024)
        // 512 KiB at once and 16 KiB for each second, a third more in base 64, and the page itself.
        #expect(page.text.utf8.count < ((512 + 10 * 16 + 64) * 1024) * 4 / 3)
        #expect(try page.rows(at: 5_000)[99].hasPrefix("99 99 0123"))
        for key in 0..<20 {
            let shown = try page.rows(at: Int(quiet / 1000) + key * 100)[99]
            #expect(shown == (0...key).map { "\($0)." }.joined())
        }
    }

    @Test("nothing of a recording stands in the page but as base 64")
    func hostile() throws {
        let attack = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&lt;<!--"
        let events = [
            Sample.pty(200, 24), Sample.event(0, .request(.exec(command: Array(attack.utf8)))),
            Sample.output(1, attack), Sample.event(2, .marker(text: Array(attack.utf8))),
            Sample.event(3, .input(Array((attack + "\r").utf8))),
        ]
        let page = try Self.export(events, title: attack, includesInput: true, verification: attack)
        #expect(!page.text.contains("alert") && !page.text.contains("onerror"))
        let count = page.text.components(separatedBy: "<script").count - 1
        #expect(count == 1 + page.chunks.count + 1)
        #expect(page.about["title"] as? String == attack)
        #expect(try page.rows(at: 1000)[0] == attack)
        let marks = try #require(page.about["marks"] as? [[Any]])
        #expect(marks.compactMap { $0[1] as? String } == ["$ " + attack, attack, "[typed] " + attack])
    }

    @Test("the page's policy permits its own script and style alone, and no network")
    func policy() throws {
        let page = try Self.export([])
        func hash(_ text: String) -> String {
            let hash = RunningHash()
            hash.update(Array(text.utf8))
            return "'sha256-\(Data(hash.digest).base64EncodedString())'"
        }
        let script = hash(try page.content(of: "script"))
        let style = hash(try page.content(of: "style"))
        let policy =
            "default-src 'none'; script-src \(script); style-src \(style); base-uri 'none'; form-action 'none'"
        let tag = "<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy)\">"
        let place = try #require(page.text.range(of: tag))
        #expect(place.upperBound < (try #require(page.text.range(of: "<script")).lowerBound))
        for word in ["http:", "https:", "url(", "@import", "src=", "href=", "eval", "innerHTML", "fetch("] {
            #expect(!page.text.contains(word), "\(word)")
        }
    }

    @Test("it says when it was recorded, and what verification said")
    func facts() throws {
        let page = try Self.export(
            [Sample.pty(100, 30), Sample.output(2_500_000, "x")], verification: "altered", isSound: false)
        #expect(page.about["started"] as? String == "2023-11-14 22:13:20Z")
        #expect(page.about["duration"] as? Int == 2500)
        #expect(page.about["sound"] as? Bool == false && page.about["verification"] as? String == "altered")
        #expect((page.about["channel"] as? String)?.contains("100×30") == true)
    }

    private static let chromium = "/usr/bin/chromium"

    @Test(
        "a real browser shows the screen of the asked moment from the file, with its styles",
        .enabled(if: RealPlayer.isInstalled(chromium)), .timeLimit(.minutes(2)))
    func realBrowser() throws {
        let directory = try RealPlayer.makeDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let events = [
            Sample.pty(80, 24), Sample.output(1_000_000, "first\r\n"),
            Sample.output(3_000_000, "\u{1B}[1;38;2;1;2;3msecond\u{1B}[0m 日本 <b>not bold</b>\r\n"),
            Sample.output(9_000_000, "third"),
        ]
        let file = directory.appendingPathComponent("page.html")
        let output = directory.appendingPathComponent("output")
        try Data(try Self.export(events).text.utf8).write(to: file)
        try RealPlayer.run(
            "\(Self.chromium) --headless --no-sandbox --disable-gpu --user-data-dir='\(directory.path)/profile'"
                + " --dump-dom 'file://\(file.path)#t=5' > '\(output.path)'", home: directory)
        let page = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        for text in [
            "<h1 id=\"title\">alice as root on web1</h1>", "<div class=\"row\"><span>first</span></div>",
            "<span class=\"bold\" style=\"color: rgb(1, 2, 3);\">second</span>",
            "<span class=\"cell\" style=\"width: 2ch;\">日</span>", "&lt;b&gt;not bold&lt;/b&gt;",
            "<span id=\"clock\">0:05</span>",
        ] {
            let isShown = page.contains(text)
            #expect(isShown, "\(text)")
        }
        let isEarly = page.contains("third")
        #expect(!isEarly)
    }
}
