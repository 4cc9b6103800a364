import AdminAPI
import Yams

/// A document of access in YAML, with the places of everything in it.
struct AccessFile {
    /// For messages.
    let name: String
    let document: AccessDocument
    private let root: Node

    /// Throws `CommandFailure` with the line and column of what is wrong.
    init(name: String, text: String) throws {
        self.name = name
        do {
            guard let root = try Yams.compose(yaml: text) else {
                throw CommandFailure("\(name) is empty", status: .usage)
            }
            self.root = root
        } catch let error as YamlError {
            throw Self.failure(name, error)
        }
        try Self.check(self.root, in: name)
        do {
            self.document = try YAMLDecoder().decode(AccessDocument.self, from: Self.withPlainNames(self.root))
        } catch let error as DecodingError {
            throw Self.failure(name, error, in: self.root)
        }
    }

    /// The error with the place in the file in front, where it says about which entry it is.
    func placed(_ failure: CommandFailure) -> CommandFailure {
        guard let colon = failure.message.range(of: ": ") else { return failure }
        let path = failure.message[..<colon.lowerBound].split(separator: ".", maxSplits: 1).map(String.init)
        guard let mark = Self.mark(of: path, in: self.root) else { return failure }
        var placed = failure
        placed.message = "\(self.name):\(mark.line):\(mark.column): \(failure.message)"
        return placed
    }

    // MARK: Names

    /// Which fields there are, by kind of entry.
    private static let fields: [String: Set<String>] = [
        "users": ["enabled", "keys", "require"], "groups": ["comment", "members", "require"],
        "targets": Set(AccessDocument.TargetEntry.CodingKeys.allCases.map(\.rawValue)),
        "grants": Set(AccessDocument.GrantEntry.CodingKeys.allCases.map(\.rawValue)),
    ]
    private static let approvalFields = Set(ApprovalTerms.CodingKeys.allCases.map(\.rawValue))
    private static let emergencyFields = Set(BreakGlassTerms.CodingKeys.allCases.map(\.rawValue))
    private static let keyFields = Set(AccessDocument.KeyEntry.CodingKeys.allCases.map(\.rawValue))

    /// A field with a name that means nothing is a mistake, and may have been meant to forbid something.
    private static func check(_ root: Node, in name: String) throws {
        for (list, entries) in try self.fields(of: root, "the document", ["version"] + self.fields.keys, in: name) {
            guard let known = self.fields[list] else { continue }
            for (entry, body) in try self.fields(of: entries, list, nil, in: name) {
                for (field, value) in try self.fields(of: body, "\(list).\(entry)", Array(known), in: name) {
                    switch (list, field) {
                    case ("users", "keys"):
                        for key in value.sequence ?? [] {
                            _ = try self.fields(of: key, "a key of \(list).\(entry)", Array(self.keyFields), in: name)
                        }
                    case ("grants", "approval"):
                        _ = try self.fields(
                            of: value, "approval of \(list).\(entry)", Array(self.approvalFields), in: name)
                    case ("grants", "break_glass"):
                        _ = try self.fields(
                            of: value, "break_glass of \(list).\(entry)", Array(self.emergencyFields), in: name)
                    default: break
                    }
                }
            }
        }
    }

    /// The fields of a mapping, all of them `known` ones; nil knows any.
    private static func fields(
        of node: Node, _ what: String, _ known: [String]?, in name: String
    ) throws -> [(String, Node)] {
        guard let mapping = node.mapping else {
            // An entry that says nothing is written with nothing behind its colon.
            if node.null != nil { return [] }
            throw self.failure(name, node.mark, "\(what) has to be a mapping, of NAME: VALUE")
        }
        return try mapping.map { key, value in
            guard let field = key.scalar?.string else {
                throw self.failure(name, key.mark, "a name has to be plain text")
            }
            if let known, !known.contains(field) {
                throw self.failure(
                    name, key.mark, "\(what) has no field \(field): use \(known.sorted().joined(separator: ", "))")
            }
            return (field, value)
        }
    }

    /// The same with names that the decoder finds however they are written: it takes a quoted "no" for another name
    /// than a plain one, which YAML 1.1 reads as false.
    private static func withPlainNames(_ node: Node) -> Node {
        switch node {
        case .mapping(let mapping):
            Node(
                mapping.map { (Node($0.key.scalar?.string ?? ""), self.withPlainNames($0.value)) }, mapping.tag)
        case .sequence(let sequence): Node(sequence.map(self.withPlainNames), sequence.tag)
        case .scalar, .alias: node
        }
    }

    // MARK: Failures

    private static func failure(_ name: String, _ mark: Mark?, _ message: String) -> CommandFailure {
        let place = mark.map { "\(name):\($0.line):\($0.column)" } ?? name
        return CommandFailure("\(place): \(message)", status: .usage)
    }

    private static func failure(_ name: String, _ error: YamlError) -> CommandFailure {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.failure(name, mark, problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.failure(name, context.mark, "\(duplicates.sorted().joined(separator: ", ")) is there twice")
        case .reader(let problem, _, _, _): self.failure(name, nil, problem)
        default: self.failure(name, nil, "it can't be read as YAML")
        }
    }

    private static func failure(_ name: String, _ error: DecodingError, in root: Node) -> CommandFailure {
        func words(_ context: DecodingError.Context, _ problem: String) -> CommandFailure {
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            return self.failure(name, self.mark(of: path, in: root), "\(path.joined(separator: ".")): \(problem)")
        }
        return switch error {
        case .keyNotFound(let key, let context): words(context, "the field \(key.stringValue) is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            words(context, "the value is of another type than the field")
        case .dataCorrupted(let context): words(context, "the value can't be read")
        @unknown default: self.failure(name, nil, "it can't be read")
        }
    }

    /// Where the value at a path is, or the last of it that is there.
    private static func mark(of path: [String], in root: Node) -> Mark? {
        var (node, mark) = (root, Mark?.none)
        for part in path {
            if let found = node.mapping?.first(where: { $0.key.scalar?.string == part }) {
                (node, mark) = (found.value, found.key.mark)
            } else if let index = Int(part), let element = node.sequence?.dropFirst(index).first {
                (node, mark) = (element, element.mark)
            } else {
                break
            }
        }
        return mark
    }
}
