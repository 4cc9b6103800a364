/// What the audit log should know of a session's channels. At most ``WireLimits/channelReports`` for a session.
public enum ChannelReport: Hashable, Sendable {
    /// The worker refused something. `channel` is the grant's word for its kind, or the protocol's; `place` is where it
    /// was to go, or empty.
    case refused(channel: [UInt8], place: [UInt8], cause: RefusalCause)
    /// Another SSH connection began inside a forwarded one; `cut` says whether it was ended for that.
    case nestedSSH(place: [UInt8], cut: Bool)
}

/// Why the worker refused a channel or a request.
public enum RefusalCause: UInt8, Hashable, Sendable, CaseIterable {
    case notGranted = 1
    /// Too many are open.
    case tooMany = 2
    /// No gateway serves such a thing.
    case notServed = 3
    /// Stands for all further refusals of the session: they are in its recording alone.
    case notListed = 4
    /// It carried more than the grant permits, and was ended.
    case tooMuch = 5
}

extension ChannelReport {
    private enum Kind: UInt8 {
        case refused = 1
        case nestedSSH
    }

    func write(to writer: inout WireWriter) {
        switch self {
        case .refused(let channel, let place, let cause):
            writer.write(Kind.refused.rawValue)
            writer.write(channel)
            writer.write(place)
            writer.write(cause.rawValue)
        case .nestedSSH(let place, let cut):
            writer.write(Kind.nestedSSH.rawValue)
            writer.write(place)
            writer.write(UInt8(cut ? 1 : 0))
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch Kind(rawValue: try reader.read(UInt8.self)) {
        case .refused:
            let channel = try reader.read(limit: WireLimits.text)
            let place = try reader.read(limit: WireLimits.text)
            guard let cause = RefusalCause(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
            self = .refused(channel: channel, place: place, cause: cause)
        case .nestedSSH:
            self = .nestedSSH(
                place: try reader.read(limit: WireLimits.text), cut: try reader.read(UInt8.self) == 1)
        case nil: throw .unknownKind
        }
    }
}
