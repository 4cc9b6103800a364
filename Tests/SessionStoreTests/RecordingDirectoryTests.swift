import Foundation
import Glibc
import Platform
import Testing

@testable import SessionStore

@Suite("Recording directory")
struct RecordingDirectoryTests {
    private let folder: TemporaryFolder
    private let directory: RecordingDirectory
    /// 2026-03-09 01:02:03 UTC.
    private let started: Int64 = 1_773_018_123_000_000_000

    init() throws {
        self.folder = try TemporaryFolder()
        self.directory = try RecordingDirectory(path: self.folder.path + "/recordings")
    }

    @Test("a new file lies under its day, for the owner alone, with an appending and a reading end")
    func creation() throws {
        let id = RecordingID.random()
        let file = try self.directory.create(id, startedNanoseconds: self.started)
        #expect(file.relativePath == "2026/03/09/\(id).spr")
        let path = self.directory.fullPath(file.relativePath)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)

        let flags = statusFlags(file.appender.rawValue)
        #expect(flags & O_ACCMODE == O_WRONLY)
        #expect(flags & O_APPEND != 0)
        #expect(statusFlags(file.reader.rawValue) & O_ACCMODE == O_RDONLY)

        #expect(write(file.appender.rawValue, "abc", 3) == 3)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(file.reader.rawValue, &bytes, 8) == 3)
        #expect(bytes.prefix(3).elementsEqual("abc".utf8))
    }

    @Test("a file is never made twice, and never over something else")
    func exclusive() throws {
        let id = RecordingID.random()
        let file = try self.directory.create(id, startedNanoseconds: self.started)
        let path = file.relativePath
        #expect(throws: StoreError(.recordingFile, "session file \(path): File exists")) {
            _ = try self.directory.create(id, startedNanoseconds: self.started)
        }
        let other = RecordingID.random()
        let link = self.directory.fullPath("2026/03/09/\(other).spr")
        symlink("/tmp/elsewhere", link)
        #expect(throws: StoreError.self) { _ = try self.directory.create(other, startedNanoseconds: self.started) }
        #expect(throws: StoreError.self) { _ = try self.directory.openForReading("2026/03/09/\(other).spr") }
        #expect(!FileManager.default.fileExists(atPath: "/tmp/elsewhere"))
    }

    @Test("a day's directory that is a link is not followed")
    func linkedDay() throws {
        symlink("/tmp", self.folder.path + "/recordings/2026")
        #expect(throws: StoreError.self) { _ = try self.directory.create(.random(), startedNanoseconds: self.started) }
    }

    @Test(
        "paths that are none of ours are refused",
        arguments: [
            "", "/etc/passwd", "../x.spr", "2026/03/09/../../../etc/passwd", "2026/03/09/x.spr", "2026/03/09/",
            "2026/3/9/00000000000000000000000000.spr", "a/b/c/00000000000000000000000000.spr",
            "2026/03/09/00000000000000000000000000.txt", "2026//03/09/00000000000000000000000000.spr",
        ])
    func foreignPaths(path: String) {
        #expect(throws: StoreError(.recordingFile, "a session file has an impossible path")) {
            _ = try self.directory.openForReading(path)
        }
    }

    @Test("opening for sealing can read, cut and write; a missing file says so")
    func sealing() throws {
        let file = try self.directory.create(.random(), startedNanoseconds: self.started)
        let path = file.relativePath
        #expect(write(file.appender.rawValue, "abcdef", 6) == 6)
        let sealing = try self.directory.openForSealing(path)
        #expect(ftruncate(sealing.rawValue, 4) == 0)
        #expect(pwrite(sealing.rawValue, "X", 1, 4) == 1)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(file.reader.rawValue, &bytes, 8) == 5)
        #expect(bytes.prefix(5).elementsEqual("abcdX".utf8))

        try self.directory.discard(path)
        #expect(throws: StoreError(.recordingFile, "session file \(path): No such file or directory")) {
            _ = try self.directory.openForReading(path)
        }
    }

    @Test(
        "an index is put beside its session file, for the owner alone; one that can't be written leaves the one before")
    func index() throws {
        let path = try self.directory.create(.random(), startedNanoseconds: self.started).relativePath
        func content() -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 9)
            guard let file = self.directory.openIndex(ofRecording: path) else { return [] }
            let count = read(file.rawValue, &bytes, 9)
            return Array(bytes.prefix(max(count, 0)))
        }
        #expect(content().isEmpty)
        for text in ["one", "other"] {
            try self.directory.replaceIndex(ofRecording: path) { #expect(write($0, text, text.utf8.count) > 0) }
            #expect(content() == Array(text.utf8))
        }
        #expect(throws: CancellationError.self) {
            try self.directory.replaceIndex(ofRecording: path) {
                _ = write($0, "broken", 6)
                throw CancellationError()
            }
        }
        #expect(content() == Array("other".utf8))
        let full = self.directory.fullPath(String(path.dropLast(4)) + ".spx")
        let attributes = try FileManager.default.attributesOfItem(atPath: full)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(!FileManager.default.fileExists(atPath: full + ".new"))
        try FileManager.default.removeItem(atPath: full)
        try FileManager.default.createSymbolicLink(atPath: full, withDestinationPath: "/etc/hostname")
        #expect(content().isEmpty)
    }

    @Test("something that is no regular file is refused without waiting for it")
    func fifo() throws {
        let id = RecordingID.random()
        let path = try self.directory.create(.random(), startedNanoseconds: self.started).relativePath
        let fifo = String(path.dropLast(30)) + "\(id).spr"
        mkfifo(self.directory.fullPath(fifo), 0o600)
        #expect(throws: StoreError(.recordingFile, "session file \(fifo) is not a regular file")) {
            _ = try self.directory.openForReading(fifo)
        }
    }

    @Test("a directory that can't be made says where and why")
    func unusable() {
        let path = self.folder.path + "/a/b"
        #expect(throws: StoreError(.recordingFile, "recordings directory \(path): No such file or directory")) {
            _ = try RecordingDirectory(path: path)
        }
    }

    @Test("ids are 26 characters, read back the same, and have one spelling")
    func ids() throws {
        let zero = try #require(RecordingID(bytes: [UInt8](repeating: 0, count: 16)))
        #expect("\(zero)" == "00000000000000000000000000")
        let full = try #require(RecordingID(bytes: [UInt8](repeating: 0xFF, count: 16)))
        #expect("\(full)" == "7zzzzzzzzzzzzzzzzzzzzzzzzz")
        for _ in 0..<100 {
            let id = RecordingID.random()
            #expect("\(id)".utf8.count == 26)
            #expect(RecordingID("\(id)") == id)
        }
        for text in ["", "0", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0000000000000000000000000l"]
        {
            #expect(RecordingID(text) == nil, "\(text)")
        }
        #expect(RecordingID(bytes: [1]) == nil)
    }
}

/// The file status flags of a descriptor.
private func statusFlags(_ descriptor: CInt) -> CInt {
    guard let text = try? String(contentsOfFile: "/proc/self/fdinfo/\(descriptor)", encoding: .utf8),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags:") }),
        let flags = CInt(line.dropFirst(6).trimmingCharacters(in: .whitespaces), radix: 8)
    else { return -1 }
    return flags
}
