import Glibc
import TOMLKit

extension GatewayConfiguration {
    /// Largest configuration file that is read, in bytes.
    public static let maximumFileBytes = 256 * 1024

    /// Reads the file at `path`; relative paths in it start at its folder.
    public static func load(path: String) throws(ConfigurationError) -> GatewayConfiguration {
        let text = try Self.readText(path)
        // Resolved, so that the configuration still means the same after a change of directory.
        guard let resolved = realpath(path, nil) else {
            throw ConfigurationError(message: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        return try Self.parse(text, file: path, folder: AbsolutePath.folder(of: String(cString: resolved)))
    }

    /// Parses `text`. `file` is named in errors; `folder` is absolute, relative paths start there.
    public static func parse(
        _ text: String, file: String, folder: String
    ) throws(ConfigurationError) -> GatewayConfiguration {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let place = "\(file):\(error.source.begin.line):\(error.source.begin.column)"
            let reason = error.description.split(separator: "\n").joined(separator: " ")
            throw ConfigurationError(message: "\(place): not valid TOML: \(reason)")
        } catch {
            throw ConfigurationError(message: "\(file): not valid TOML")
        }

        let settings = Setting.all
        let locator = KeyLocator(text)
        func place(_ key: String) -> String { locator.line(of: key).map { "\(file):\($0)" } ?? file }

        // In the order of the file, so that the first mistake is the one that is named.
        let values = Self.flatten(table, prefix: "", sections: Set(settings.compactMap { Self.section(of: $0.name) }))
            .sorted { (locator.line(of: $0.key) ?? 0, $0.key) < (locator.line(of: $1.key) ?? 0, $1.key) }
        var configuration = GatewayConfiguration(folder: folder)
        for (key, value) in values {
            guard let setting = settings.first(where: { $0.name == key }) else {
                throw ConfigurationError(
                    message: "\(place(key)): unknown key \"\(key)\": \(Self.suggestion(for: key, among: settings))")
            }
            if let complaint = setting.apply(&configuration, value, folder) {
                throw ConfigurationError(
                    message: "\(place(key)): bad value for \"\(key)\": needs \(complaint.expected)")
            }
        }
        if !table.contains(key: "recordings") {
            configuration.recordingsDirectory = AbsolutePath.join(configuration.stateDirectory, "recordings")
        }
        return configuration
    }

    private static func section(of name: String) -> String? {
        name.lastIndex(of: ".").map { String(name[..<$0]) }
    }

    /// Leaves of the table by dotted name; tables that are no section of ours stay whole.
    private static func flatten(
        _ table: TOMLTable, prefix: String, sections: Set<String>
    ) -> [(key: String, value: any TOMLValueConvertible)] {
        var leaves: [(key: String, value: any TOMLValueConvertible)] = []
        for key in table.keys {
            guard let value = table[key] else { continue }
            let name = prefix.isEmpty ? key : "\(prefix).\(key)"
            if sections.contains(name), let inner = value.table {
                leaves += Self.flatten(inner, prefix: name, sections: sections)
            } else {
                leaves.append((name, value))
            }
        }
        return leaves
    }

    private static func suggestion(for key: String, among settings: [Setting]) -> String {
        let near = settings.map(\.name)
            .map { (name: $0, distance: EditDistance.between($0, key)) }
            .min { $0.distance < $1.distance }
        if let near, near.distance <= 3 { return "did you mean \"\(near.name)\"?" }
        return "remove it, or use one of \(settings.map(\.name).joined(separator: ", "))"
    }

    private static func readText(_ path: String) throws(ConfigurationError) -> String {
        func failure() -> ConfigurationError {
            ConfigurationError(message: "\(path): \(String(cString: strerror(errno)))")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= Self.maximumFileBytes else {
                throw ConfigurationError(message: "\(path): larger than \(Self.maximumFileBytes) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw ConfigurationError(message: "\(path): not a text file in UTF-8")
        }
        return text
    }
}

/// Levenshtein distance, for "did you mean".
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count <= 64, right.count <= 64 else { return Int.max }
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                current.append(
                    min(
                        previous[column + 1] + 1, current[column] + 1,
                        previous[column] + (leftByte == rightByte ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}
