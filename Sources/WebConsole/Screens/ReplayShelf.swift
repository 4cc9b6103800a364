import AdminAPI

/// Recordings that people have open in their browsers, so that each look opens, and audits, them once.
actor ReplayShelf {
    private struct Key: Hashable {
        let origin: AdminActor.Origin
        let recording: String
    }

    private struct Entry {
        /// Under way from the first question on: a page asks several at once.
        let opening: Task<Replay, any Error>
        var used: ContinuousClock.Instant
    }

    private let service: any AdministrationService
    private var entries: [Key: Entry] = [:]
    /// Beyond, the one that nobody has asked for the longest is closed.
    private static let mostEntries = 32
    private static let idle = Duration.seconds(600)

    init(service: any AdministrationService) { self.service = service }

    /// As far as the recording went when it was opened.
    /// - throws: `AdminError` as the service does, for one that isn't there or is no longer.
    func replay(_ recording: String, for actor: AdminActor) async throws -> Replay {
        let key = Key(origin: actor.origin, recording: recording)
        let now = ContinuousClock.now
        self.entries = self.entries.filter { now - $0.value.used < Self.idle }
        if self.entries[key] == nil {
            let service = self.service
            let opening = Task { try await Self.open(recording, for: actor, service) }
            self.entries[key] = Entry(opening: opening, used: now)
        }
        if self.entries.count > Self.mostEntries,
            let oldest = self.entries.filter({ $0.key != key }).min(by: { $0.value.used < $1.value.used })
        {
            self.entries[oldest.key] = nil
        }
        self.entries[key]?.used = now
        guard let opening = self.entries[key]?.opening else { throw CancellationError() }
        do {
            return try await opening.value
        } catch {
            if self.entries[key]?.opening == opening { self.entries[key] = nil }
            throw error
        }
    }

    private static func open(
        _ recording: String, for actor: AdminActor, _ service: any AdministrationService
    ) async throws -> Replay {
        let access = try await service.openRecording(recording, for: .replay, by: actor)
        var index: [UInt8] = []
        if access.recording.ended != nil {
            // It plays without one.
            index = (try? await service.recordingIndex(recording, by: actor)) ?? []
        }
        return try Replay(access, index: index)
    }

    /// A page is opened: whatever was open of it before is closed.
    func forget(_ recording: String, for actor: AdminActor) {
        self.entries[Key(origin: actor.origin, recording: recording)] = nil
    }
}
