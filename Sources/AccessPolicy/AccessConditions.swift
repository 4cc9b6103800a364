/// Where somebody comes from, as far as it is known.
public enum AccessOrigin: Hashable, Sendable {
    case address(IPAddress)
    /// No rule that permits some places permits this one, and each that denies some denies it.
    case unknown
    /// For listings: rules about places are passed over.
    case anywhere

    /// - parameter host: a numeric address; anything else is ``unknown``.
    public init(host: String) {
        self = IPAddress(host).map { .address($0) } ?? .unknown
    }
}

/// When a grant applies, and from where. Empty conditions are always met.
public struct AccessConditions: Hashable, Sendable {
    /// Any of them; none for always.
    public let windows: [WeeklyWindow]
    /// UTC, in nanoseconds: the first moment, and the moment after the last.
    public let notBefore: Int64?
    public let notAfter: Int64?
    /// Any of them; none for everywhere.
    public let sources: [IPNetwork]

    /// Most networks of one grant.
    public static let maximumSources = 64

    public init(
        windows: [WeeklyWindow] = [], notBefore: Int64? = nil, notAfter: Int64? = nil, sources: [IPNetwork] = []
    ) {
        self.windows = windows
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.sources = sources
    }

    public enum Failure: Hashable, Sendable {
        case notYet, over, outsideWindows, otherSource
    }

    /// What is not met; nil when all are. Of several, the one that lasts longest.
    ///
    /// - parameter time: UTC, in nanoseconds.
    /// - parameter unknownSourceMeets: whether an unknown origin meets a condition about origins.
    public func failure(at time: Int64, from origin: AccessOrigin, unknownSourceMeets: Bool) -> Failure? {
        if let end = self.notAfter, time >= end { return .over }
        if !self.includes(origin, unknownSourceMeets) { return .otherSource }
        if let start = self.notBefore, time < start { return .notYet }
        if !self.windows.isEmpty, !self.windows.contains(where: { $0.contains(time) }) { return .outsideWindows }
        return nil
    }

    private func includes(_ origin: AccessOrigin, _ unknownSourceMeets: Bool) -> Bool {
        guard !self.sources.isEmpty else { return true }
        switch origin {
        case .address(let address): return self.sources.contains { $0.contains(address) }
        case .unknown: return unknownSourceMeets
        case .anywhere: return !unknownSourceMeets
        }
    }

    /// The first moment after `time` at which another answer is possible without a change of rules; nil for never.
    ///
    /// - parameter time: UTC, in nanoseconds; so is the answer.
    public func nextPossibleChange(after time: Int64) -> Int64? {
        let dates = [self.notBefore, self.notAfter].compactMap { $0 }.filter { $0 > time }
        return (dates + self.windows.map { $0.nextPossibleChange(after: time) }).min()
    }
}
