import Foundation
import Playback
import RecordingFormat
import Testing

@Suite struct EventLinesTests {
    private static func objects(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private static func export(_ events: [RecordedEvent], channel: UInt32? = nil) throws -> [[String: Any]] {
        var metadata = RecordingMetadata()
        metadata["user"] = Array("al\"ice".utf8)
        var lines = EventLines(
            .init(name: "r1", startedAt: 1_700_000_000_000_000_001, metadata: metadata), channel: channel)
        let body = lines.start() + events.map { lines.append($0) }.joined()
        return try Self.objects(body + lines.finish(verification: "complete: closed", isSound: true))
    }

    @Test("the first line says whose it is, the last how many events there are and what verification said")
    func ends() throws {
        let lines = try Self.export([Sample.output(1, "x")])
        #expect(lines.count == 3)
        #expect(lines[0]["event"] as? String == "recording" && lines[0]["version"] as? Int == 1)
        #expect(lines[0]["started"] as? String == "2023-11-14T22:13:20Z")
        #expect((lines[0]["started_ns"] as? NSNumber)?.uint64Value == 1_700_000_000_000_000_001)
        #expect(lines[0]["metadata"] as? [String: String] == ["user": "al\"ice"])
        #expect(lines[2]["event"] as? String == "end" && lines[2]["events"] as? Int == 1)
        #expect(lines[2]["verified"] as? Bool == true && lines[2]["verification"] as? String == "complete: closed")
    }

    @Test("bytes are exact in base 64 and readable as text", arguments: [0, 1, 2, 3, 4, 255, 256])
    func bytes(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let line = try Self.export([Sample.event(1_500_000, .output(bytes), channel: 3)])[1]
        #expect(line["event"] as? String == "output" && line["channel"] as? Int == 3)
        #expect(line["time"] as? Double == 1.5)
        #expect(line["data_base64"] as? String == Data(bytes).base64EncodedString())
        #expect(line["data"] as? String == String(decoding: bytes, as: UTF8.self))
    }

    @Test("only one channel's events and the connection's, if asked for")
    func oneChannel() throws {
        let events = [
            Sample.output(1, "a"), Sample.output(2, "b", channel: 2),
            Sample.event(3, .control(.killed(by: Array("bob".utf8), reason: Array("why".utf8))), channel: 0),
        ]
        let lines = try Self.export(events, channel: 2)
        #expect(lines.map { $0["event"] as? String } == ["recording", "output", "killed", "end"])
        #expect(lines[2]["by"] as? String == "bob" && lines[2]["reason"] as? String == "why")
    }

    private static let bodies: [(EventBody, String, [String])] = [
        (.channelOpened(type: [0x61]), "channel_opened", ["type"]),
        (.channelRefused(type: [0x61], reason: 1, text: []), "channel_refused", ["type", "reason", "text"]),
        (.channelClosed, "channel_closed", []),
        (.requestAnswered(accepted: true), "request_answered", ["accepted"]),
        (.endOfFile(.toClient), "end_of_file", ["direction"]),
        (.exitStatus(1), "exit_status", ["status"]),
        (
            .exitSignal(name: [0x61], coreDumped: true, message: []), "exit_signal",
            ["signal", "core_dumped", "message"]
        ),
        (
            .forwardOpened(host: [0x61], port: 1, originHost: [], originPort: 2), "forward_opened",
            ["host", "port", "origin_host", "origin_port"]
        ),
        (
            .fileOperation(FileOperation(path: [0x61], size: 5, sha256: [0x0A, 0xFF], direction: .toTarget)),
            "file_operation", ["path", "size", "sha256", "direction"]
        ),
        (.withheld(bytes: 3), "withheld", ["bytes"]), (.revealed([0x61]), "revealed", ["data"]),
        (.masked(bytes: 3), "masked", ["bytes"]), (.marker(text: [0x61]), "marker", ["text"]),
        (.omitted(.toClient, bytes: 3), "omitted", ["bytes", "direction"]),
        (
            .fileChange(FileChange(kind: .remove, status: 3, path: [0x61])), "file_change",
            ["path", "change", "kind", "status", "detail"]
        ),
        (
            .targetRequest(name: [0x61], wantsReply: true, payload: [1]), "target_request",
            ["name", "wants_reply", "payload"]
        ),
        (.unknown(kind: 63, payload: [1]), "unknown", ["kind", "payload"]),
        (.control(.locked(by: [])), "locked", ["by"]), (.control(.unlocked(by: [])), "unlocked", ["by"]),
        (.control(.message(from: [], text: [])), "message", ["by", "text"]),
        (.control(.watcherJoined(name: [])), "watcher_joined", ["by"]),
        (.control(.watcherLeft(name: [])), "watcher_left", ["by"]),
        (.control(.inputDropped(bytes: 3)), "input_dropped", ["bytes"]),
        (.control(.inputBy(name: [], offset: 2, bytes: 3)), "input_by", ["by", "offset", "bytes"]),
        (.request(.environment(name: [], value: [])), "environment", ["name", "value"]),
        (.request(.shell), "shell", []), (.request(.exec(command: [0x61])), "exec", ["command"]),
        (.request(.subsystem(name: [])), "subsystem", ["name"]), (.request(.signal(name: [])), "signal", ["signal"]),
        (.request(.breakSignal(milliseconds: 1)), "break", ["milliseconds"]),
        (.request(.agentForwarding), "agent_forwarding", []), (.request(.x11), "x11", []),
        (.request(.other(name: [], payload: [])), "other_request", ["name", "payload"]),
        (
            .request(.windowChange(columns: 1, rows: 2, widthPixels: 3, heightPixels: 4)), "window_change",
            ["columns", "rows", "width_pixels", "height_pixels"]
        ),
    ]

    @Test("every kind of event has its name and its fields")
    func kinds() throws {
        let lines = try Self.export(Self.bodies.map { Sample.event(1, $0.0) })
        for (line, (_, name, fields)) in zip(lines.dropFirst(), Self.bodies) {
            #expect(line["event"] as? String == name)
            let members = Set(line.keys.filter { !$0.hasSuffix("_base64") })
            #expect(members == Set(["time", "channel", "event"] + fields), "\(name)")
        }
        let file = try #require(lines.first { $0["event"] as? String == "file_operation" })
        #expect(file["sha256"] as? String == "0aff" && file["direction"] as? String == "to_target")
    }
}
