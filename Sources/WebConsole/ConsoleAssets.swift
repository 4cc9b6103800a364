import Crypto
import Foundation
import Mustache

/// What pages are made of, read once: templates, scripts, styles.
public struct ConsoleAssets: Sendable {
    /// A folder that lacks something, or a template that is none.
    public struct Invalid: Error, CustomStringConvertible {
        public let description: String
    }

    struct File: Sendable {
        let type: String
        let bytes: [UInt8]
    }

    let templates: MustacheLibrary
    /// By name, such as `console.css`.
    let files: [String: File]
    /// Changes with any of the files: it is part of their addresses, so that browsers may keep them for good.
    let version: String

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]

    /// - parameter directory: with `templates/*.mustache` and `assets/*`.
    /// - throws: ``Invalid``.
    public init(directory: String) throws {
        var templates = MustacheLibrary()
        for (name, bytes) in try Self.contents(of: directory + "/templates") where name.hasSuffix(".mustache") {
            do {
                try templates.register(
                    String(decoding: bytes, as: UTF8.self), named: String(name.dropLast(".mustache".count)))
            } catch {
                throw Invalid(description: "\(directory)/templates/\(name) is no template: \(error)")
            }
        }
        guard templates.getTemplate(named: "layout") != nil else {
            throw Invalid(description: "\(directory) holds no console: templates/layout.mustache is not there")
        }
        var files: [String: File] = [:]
        var hash = SHA256()
        for (name, bytes) in try Self.contents(of: directory + "/assets") {
            guard let ending = name.split(separator: ".").last, let type = Self.types[String(ending)] else { continue }
            files[name] = File(type: type, bytes: bytes)
            hash.update(data: Data(name.utf8) + bytes)
        }
        self.templates = templates
        self.files = files
        self.version = hash.finalize().prefix(6).map { String(format: "%02x", $0) }.joined()
    }

    private static func contents(of directory: String) throws -> [(String, [UInt8])] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { name in
                (name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))))
            }
        } catch {
            throw Invalid(description: "cannot read \(directory): \(error.localizedDescription)")
        }
    }
}
