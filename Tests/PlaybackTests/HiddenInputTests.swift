import Playback
import RecordingFormat
import Testing

@Suite("input that was withheld")
struct HiddenInputTests {
    private let events = [
        Sample.pty(80, 24), Sample.event(0, .request(.shell)),
        Sample.event(1, .withheld(bytes: 3)), Sample.output(1, "su"), Sample.event(1, .revealed(Array("su\r".utf8))),
        Sample.output(2, "\r\nPassword: "), Sample.event(3, .withheld(bytes: 5)), Sample.output(4, "\r\n"),
        Sample.event(4, .masked(bytes: 5)), Sample.event(5, .input(Array("\r".utf8))),
    ]

    @Test("the transcript lists it where it was typed: revealed as text, masked by its length")
    func transcript() {
        #expect(Transcript.lines(of: self.events).filter { $0.kind == .typed }.map(\.text) == ["su", "[5 hidden]"])
    }

    @Test("the keystroke pane shows what was revealed, and how much was masked, at the time")
    func keystrokePane() {
        func typed(at time: UInt64) -> String {
            var screen = ChannelScreen(channel: 1)
            for event in self.events where event.time <= time { screen.apply(event) }
            return String(decoding: screen.recentInput, as: UTF8.self)
        }
        #expect(typed(at: 0) == "")
        #expect(typed(at: 3) == "su\r")
        #expect(typed(at: 5) == "su\r[5 hidden]\r")
    }

    @Test("without a terminal a remark says how much is missing")
    func piped() {
        let events = [
            Sample.exec("sudo -S id"), Sample.event(1, .withheld(bytes: 7)), Sample.event(1, .masked(bytes: 7)),
        ]
        #expect(Transcript.lines(of: events).contains { $0.text == "7 bytes of input are not in the recording" })
    }
}
