import Foundation
import Platform
import Testing

@testable import Vault

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // Short, since it holds sockets.
        self.path = FileManager.default.temporaryDirectory
            .appending(path: "sp-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    func file(_ name: String) -> String { "\(self.path)/\(name)" }

    func read(_ name: String) throws -> SecretBytes {
        SecretBytes(copying: try Data(contentsOf: URL(filePath: self.file(name))))
    }
}

/// Runs a program to its end and gives its exit status and output.
@discardableResult
func run(_ arguments: String..., input: String? = nil) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    if let input {
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        pipe.fileHandleForWriting.write(Data(input.utf8))
        try pipe.fileHandleForWriting.close()
    } else {
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

extension SecretBytes {
    var bytes: [UInt8] { self.withUnsafeBytes { Array($0) } }
}

/// `#require` for calls that change their receiver.
func unwrapped<Value>(_ value: Value?, sourceLocation: SourceLocation = #_sourceLocation) throws -> Value {
    try #require(value, sourceLocation: sourceLocation)
}
