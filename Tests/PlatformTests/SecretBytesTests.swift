import Foundation
import Glibc
import Testing

@testable import Platform

@Suite("Secrets in memory")
struct SecretBytesTests {
    @Test("a secret keeps its bytes and never prints them")
    func keepsAndHides() {
        let secret = SecretBytes(copying: Array("hunter2".utf8))
        #expect(secret.count == 7)
        #expect(secret.withUnsafeBytes { Array($0) } == Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("hunter2")) }
        #expect("\(secret)" == "(secret)")
    }

    @Test("moving bytes in empties and zeroes the source")
    func wipesItsSource() {
        var bytes = Array("hunter2".utf8)
        let secret = SecretBytes(wiping: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.count == 7)
    }

    @Test("the page of a secret is left out of core dumps and locked")
    func keptOutOfDumps() throws {
        let secret = SecretBytes(copying: Array("hunter2".utf8))
        let address = secret.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        // In pieces to its end: a file of /proc has no size to read by.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let maps = String(decoding: file.readDataToEndOfFile(), as: UTF8.self)
        var isOurs = false
        var flags: [Substring] = []
        for line in maps.split(separator: "\n") {
            let range = line.prefix { $0 != " " }.split(separator: "-")
            if range.count == 2, let start = UInt(range[0], radix: 16), let end = UInt(range[1], radix: 16) {
                isOurs = (start..<end).contains(address)
            } else if isOurs, line.hasPrefix("VmFlags:") {
                flags = line.split(separator: " ")
            }
        }
        #expect(flags.contains("dd"))
        #expect(flags.contains("lo"))
    }

    @Test("equality needs the same length and the same bytes")
    func comparison() {
        let secret = SecretBytes(copying: [1, 2, 3])
        #expect(secret.isEqual(to: SecretBytes(copying: [1, 2, 3])))
        #expect(!secret.isEqual(to: SecretBytes(copying: [1, 2, 4])))
        #expect(!secret.isEqual(to: SecretBytes(copying: [1, 2])))
        #expect(SecretBytes(copying: []).isEqual(to: SecretBytes(copying: [])))
    }

    @Test("random secrets have their length and differ")
    func random() {
        let one = SecretBytes.random(count: 600)
        #expect(one.count == 600)
        #expect(!one.isEqual(to: SecretBytes.random(count: 600)))
    }

    @Test("reading from a descriptor takes up to the limit and not a byte more", arguments: [0, 1, 9, 10, 11])
    func reading(length: Int) throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let bytes = [UInt8](repeating: 7, count: length)
        #expect(write(ends[1], bytes, length) == length)
        close(ends[1])
        if length <= 10 {
            #expect(try SecretBytes(readingFrom: ends[0], limitBytes: 10).count == length)
        } else {
            #expect(throws: SecretBytes.ReadError.tooLong(limitBytes: 10)) {
                try SecretBytes(readingFrom: ends[0], limitBytes: 10)
            }
        }
    }

    @Test("reading from a bad descriptor says why")
    func readingFails() {
        #expect(throws: SecretBytes.ReadError.system(errno: EBADF)) {
            try SecretBytes(readingFrom: -1, limitBytes: 10)
        }
    }
}
