import Testing

@testable import Gateway

@Suite("PROXY protocol headers")
struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    private func header(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return Self.signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    /// From 192.0.2.7:4711.
    private let v4: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 0, 22]
    /// From 2001:db8::7, port 4711.
    private let v6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 1, count: 16)
        + [0x12, 0x67, 0, 22]

    private func cause(_ bytes: [UInt8]) -> String? {
        do {
            _ = try ProxyHeader.read(bytes)
            return nil
        } catch {
            return error.cause
        }
    }

    @Test("the source address counts, of IPv4 and IPv6, and a proxy's own connection has none")
    func sources() throws {
        #expect(
            try ProxyHeader.read(self.header(0x21, 0x11, self.v4)) == .whole(.proxied(host: "192.0.2.7", port: 4711)))
        #expect(
            try ProxyHeader.read(self.header(0x21, 0x21, self.v6)) == .whole(.proxied(host: "2001:db8::7", port: 4711)))
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 192, 0, 2, 7] + self.v6[16...]
        #expect(
            try ProxyHeader.read(self.header(0x21, 0x21, mapped)) == .whole(.proxied(host: "192.0.2.7", port: 4711)))
        #expect(try ProxyHeader.read(self.header(0x20, 0x00, [])) == .whole(.local))
        // Whatever a proxy says of its own connection is ignored.
        #expect(try ProxyHeader.read(self.header(0x20, 0x11, self.v4)) == .whole(.local))
        #expect(try ProxyHeader.read(self.header(0x20, 0xFF, [1, 2, 3])) == .whole(.local))
    }

    @Test("each beginning of a header asks for no more than the header has")
    func beginnings() throws {
        let vectors: [UInt8] = [0x05, 0, 3, 1, 2, 3, 0x04, 0, 0]
        for whole in [self.header(0x21, 0x11, self.v4), self.header(0x21, 0x21, self.v6 + vectors)] {
            for count in 0..<whole.count {
                let reading = try ProxyHeader.read(Array(whole.prefix(count)))
                guard case .incomplete(let missing) = reading else {
                    Issue.record("\(count) bytes read as \(reading)")
                    continue
                }
                #expect(missing == (count < 16 ? 16 : whole.count) - count)
            }
        }
    }

    @Test("any byte that is another one is refused, or changes nothing but addresses, ports and vectors")
    func everyByte() throws {
        let vectors: [UInt8] = [0x05, 0, 3, 1, 2, 3]
        let whole = self.header(0x21, 0x11, self.v4 + vectors)
        for position in whole.indices {
            for value in UInt8.min...UInt8.max where value != whole[position] {
                var changed = whole
                changed[position] = value
                // As long as it says, as the caller would read it.
                if position == 14 || position == 15 {
                    let length = Int(changed[14]) << 8 | Int(changed[15])
                    changed = Array(changed.prefix(16 + length))
                }
                let reading = try? ProxyHeader.read(changed)
                switch position {
                case 0..<12, 13: #expect(reading == nil, "byte \(position) as \(value)")
                case 12: #expect(reading == (value == 0x20 ? .whole(.local) : nil), "byte 12 as \(value)")
                case 14, 15:
                    if case .whole = reading {
                        // Cut off where a vector ends.
                        #expect(changed.count == 28, "\(changed.count)")
                    }
                default:
                    if let reading {
                        guard case .whole(.proxied(let host, let port)) = reading else {
                            Issue.record("byte \(position) as \(value): \(reading)")
                            continue
                        }
                        #expect((host == "192.0.2.7") == !(16..<20).contains(position))
                        #expect((port == 4711) == !(24..<26).contains(position))
                    } else {
                        #expect(position >= 28)
                    }
                }
            }
        }
    }

    @Test("bytes by chance are refused or read, and never trap")
    func chance() {
        var seed = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let rest = (0..<Int.random(in: 0...64, using: &seed)).map { _ in UInt8.random(in: 0...255, using: &seed) }
            _ = try? ProxyHeader.read(rest)
            _ = try? ProxyHeader.read(self.header(0x21, [0x11, 0x21, 0x31].randomElement() ?? 0, rest))
        }
    }

    @Test("vectors have to fill the header, and a checksum has to be right")
    func vectors() throws {
        // The check value that every CRC32c has.
        #expect(ProxyHeader.checksum(Array("123456789".utf8)) == 0xE306_9283)
        for damaged in [[0x05], [0x05, 0], [0x05, 0, 1], [0x05, 0xFF, 0xFF, 1]] as [[UInt8]] {
            #expect(self.cause(self.header(0x21, 0x11, self.v4 + damaged)) == "a header with a damaged vector")
        }
        let blank = self.header(0x21, 0x11, self.v4 + [0x05, 0, 1, 9, 0x03, 0, 4, 0, 0, 0, 0])
        let sum = ProxyHeader.checksum(blank)
        let right = blank.dropLast(4) + withUnsafeBytes(of: sum.bigEndian) { Array($0) }
        #expect(try ProxyHeader.read(Array(right)) == .whole(.proxied(host: "192.0.2.7", port: 4711)))
        #expect(self.cause(blank) == "a header with a wrong checksum")
        var other = Array(right)
        other[17] ^= 1
        #expect(self.cause(other) == "a header with a wrong checksum")
        #expect(
            self.cause(self.header(0x21, 0x11, self.v4 + [0x03, 0, 3, 0, 0, 0])) == "a header with a damaged checksum")
    }

    @Test("what can't be served is said why")
    func causes() {
        #expect(self.cause(Array("SSH-2.0-OpenSSH_9.2".utf8)) == "no header")
        #expect(self.cause(Array("S".utf8)) == "no header")
        #expect(
            self.cause(Array("PROXY TCP4 1.2.3.4".utf8)) == "a header of version 1: the proxy has to send version 2")
        #expect(self.cause(self.header(0x11, 0x11, self.v4)) == "a header of an unknown version")
        #expect(self.cause(self.header(0x22, 0x11, self.v4)) == "a header with an unknown command")
        for family in [0x00, 0x12, 0x22, 0x31, 0x32, 0x41, 0x10] as [UInt8] {
            #expect(
                self.cause(self.header(0x21, family, [UInt8](repeating: 1, count: 216)))
                    == "a header that names no TCP client of IPv4 or IPv6")
        }
        #expect(
            self.cause(self.header(0x21, 0x11, Array(self.v4.dropLast())))
                == "a header that is too short for its addresses")
        #expect(
            self.cause(self.header(0x21, 0x11, [UInt8](repeating: 0, count: 12))) == "a header without a source address"
        )
        // Refused by its length, before a byte of it is read.
        let longest = ProxyHeader.maximumBytes - 16
        #expect(self.cause(self.header(0x21, 0x11, [], length: longest)) == nil)
        #expect(self.cause(self.header(0x21, 0x11, [], length: longest + 1)) == "a header that is too long")
    }
}
