import RecordingFormat
import Testing

@Suite("parser limits")
struct ParserLimitTests {
    private func header(_ type: UInt8, _ count: Int) -> [UInt8] {
        HandmadeRecording.header(type, count)
    }

    /// A parser that has read the start of a real file.
    private func parser() throws -> RecordParser {
        var parser = RecordParser()
        parser.append(try TestRecording().file)
        while try parser.next() != nil {}
        return parser
    }

    @Test(
        "a record at its limit is accepted, one above is refused before its body arrives",
        arguments: [
            (0x02, RecordingLimits.maximumGatewayRecordBody), (0x03, 140), (0x04, RecordingLimits.maximumSealBody),
            (0x10, RecordingLimits.maximumFrameBody), (0x13, RecordingLimits.maximumFrameBody),
            (0x14, RecordingLimits.maximumFrameBody), (0x17, RecordingLimits.maximumFrameBody),
            (0x40, RecordingLimits.maximumGatewayRecordBody), (0x7f, RecordingLimits.maximumGatewayRecordBody),
        ] as [(UInt8, Int)])
    func upperLimit(type: UInt8, limit: Int) throws {
        var parser = try self.parser()
        parser.append(self.header(type, limit) + [UInt8](repeating: 0, count: limit))
        #expect(try parser.next()?.body.count == limit)
        var strict = try self.parser()
        strict.append(self.header(type, limit + 1))
        #expect(throws: RecordingError.self) { try strict.next() }
        #expect(throws: RecordingError.self) { try strict.next() }
    }

    @Test(
        "a record that is too short to be one is refused",
        arguments: [(0x02, 28), (0x03, 139), (0x10, 16)] as [(UInt8, Int)])
    func lowerLimit(type: UInt8, tooSmall: Int) throws {
        var parser = try self.parser()
        parser.append(self.header(type, tooSmall))
        #expect(throws: RecordingError.self) { try parser.next() }
    }

    @Test("a length has one form")
    func lengths() throws {
        for (bytes, isLegal) in [
            ([0x40, 0x00], true), ([0x40, 0x80, 0x00], false), ([0x40, 0x80], true), ([0x40, 0x80, 0x80], true),
            ([0x40, 0x80, 0x80, 0x00], false), ([0x40, 0x80, 0x80, 0x80], false), ([0x40, 0xff, 0xff, 0x7f], false),
            // What fits a short frame is one.
            ([0x10, 80], false), ([0x10, 81], true), ([0x11, 80], true), ([0x14, 80], true), ([0x12, 80], true),
        ] as [([UInt8], Bool)] {
            var parser = try self.parser()
            parser.append(bytes)
            if isLegal {
                #expect(throws: Never.self, "\(bytes)") { while try parser.next() != nil {} }
            } else {
                #expect(throws: RecordingError.self, "\(bytes)") { try parser.next() }
            }
        }
    }

    @Test("short frames say their length by their type")
    func shortFrames() throws {
        for type in UInt8(0x80)...0xbf {
            let count = 17 + Int(type - 0x80)
            var parser = try self.parser()
            parser.append([type] + [UInt8](repeating: 0, count: count - 1))
            #expect(try parser.next() == nil)
            parser.append([0])
            let record = try #require(try parser.next())
            #expect(record.body.count == count && record.isFrame && parser.buffered == 0)
        }
    }

    @Test("unknown types are refused, reserved ones are handed on")
    func types() throws {
        for type in UInt8.min...UInt8.max {
            var parser = try self.parser()
            parser.append([type])
            let isFrame = (0x10...0x17).contains(type) || (0x80...0xbf).contains(type)
            let isKnown = isFrame || [0x02, 0x03, 0x04].contains(type)
            let isReserved = (0x40...0x7f).contains(type)
            if isKnown || isReserved {
                #expect(try parser.next() == nil)
            } else {
                #expect(throws: RecordingError.self) { try parser.next() }
            }
        }
    }

    @Test("a file that begins with anything else is not a recording, as soon as that is clear")
    func magic() throws {
        var parser = RecordParser()
        parser.append(Array("SP".utf8))
        #expect(try parser.next() == nil)
        parser.append(Array("X".utf8))
        let error = #expect(throws: RecordingError.self) { try parser.next() }
        #expect(error?.code == .notARecording)
        var headless = RecordParser()
        headless.append(Array("SPR1".utf8) + [0x10])
        #expect(throws: RecordingError.self) { try headless.next() }
    }
}
