import Foundation
import Glibc
import Platform
import Testing

@testable import Vault

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // Short, since it holds sockets.
        self.path =
            FileManager.default.temporaryDirectory
            .appending(path: "sp-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    func file(_ name: String) -> String { "\(self.path)/\(name)" }

    func read(_ name: String) throws -> SecretBytes {
        SecretBytes(copying: try Data(contentsOf: URL(filePath: self.file(name))))
    }
}

/// Runs a program to its end and gives its exit status and output, both streams together.
///
/// By popen(3): Foundation's `Process` can miss the exit of one child while others run.
@discardableResult
func run(_ arguments: String...) throws -> (status: CInt, output: String) { try run(arguments) }

@discardableResult
func run(_ arguments: [String]) throws -> (status: CInt, output: String) {
    let quoted = arguments.map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }
    let stream = try #require(popen(quoted.joined(separator: " ") + " 2>&1 </dev/null", "re"))
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
    let status = pclose(stream)
    return (status >> 8 & 0xFF, String(decoding: output, as: UTF8.self))
}

extension SecretBytes {
    var bytes: [UInt8] { self.withUnsafeBytes { Array($0) } }
}

/// `#require` for calls that change their receiver.
func unwrapped<Value>(_ value: Value?, sourceLocation: SourceLocation = #_sourceLocation) throws -> Value {
    try #require(value, sourceLocation: sourceLocation)
}
