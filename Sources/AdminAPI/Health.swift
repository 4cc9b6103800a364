/// Something about a gateway that its owner should know.
public struct Finding: Codable, Hashable, Sendable {
    public enum Severity: String, Codable, CaseIterable, Comparable, Sendable {
        /// Worth knowing; may well be intended.
        case note
        /// Will hurt, or hurts already in part.
        case warning
        /// People are kept out, or evidence or secrets are in danger.
        case critical

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .critical: 2
            }
        }
    }

    public var severity: Severity
    /// What was looked at, such as `state-modes`: stable, for scripts.
    public var check: String
    /// One line, lower case, no full stop.
    public var message: String
    /// What to do, in the same form.
    public var hint: String

    public init(_ severity: Severity, _ check: String, _ message: String, hint: String) {
        self.severity = severity
        self.check = check
        self.message = message
        self.hint = hint
    }
}

/// What one name of the metrics stands for, and its values.
public struct MetricFamily: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case gauge, counter
    }

    public struct Sample: Hashable, Sendable {
        /// In order.
        public var labels: [Label]
        public var value: Double
    }

    public struct Label: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    public var name: String
    public var kind: Kind
    public var help: String
    public var samples: [Sample] = []

    public init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// One with a single value.
    public init(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.init(name, kind, help)
        self.add(value)
    }

    public mutating func add(_ value: Double, _ labels: (name: String, value: String)...) {
        self.samples.append(
            Sample(labels: labels.map { Label(name: $0.name, value: $0.value) }, value: value))
    }
}

/// The part of ``AdministrationService`` that is about how the gateway fares.
public protocol HealthAdministration: Sendable {
    /// What is wrong, or may be, gravest first.
    func examine(by actor: AdminActor) async throws -> [Finding]
    func metrics(by actor: AdminActor) async throws -> [MetricFamily]
    /// Why it can't serve SSH clients now, in a few words that anybody may read; nil when it can.
    func trouble() async -> String?
}
