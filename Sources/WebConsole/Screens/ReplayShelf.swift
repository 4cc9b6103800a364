import AdminAPI

/// Recordings that people have open in their browsers, so that each look opens, and audits, them once.
actor ReplayShelf {
    private struct Key: Hashable {
        let origin: AdminActor.Origin
        let recording: String
    }

    private struct Entry {
        let replay: Replay
        var used: ContinuousClock.Instant
    }

    private let service: any AdministrationService
    private var entries: [Key: Entry] = [:]
    /// Beyond, the one that nobody has asked for the longest is closed.
    private static let mostEntries = 32
    private static let idle = Duration.seconds(600)

    init(service: any AdministrationService) { self.service = service }

    /// - throws: `AdminError` as the service does, for one that isn't there or is no longer.
    func replay(_ recording: String, for actor: AdminActor) async throws -> Replay {
        let key = Key(origin: actor.origin, recording: recording)
        let now = ContinuousClock.now
        self.entries = self.entries.filter { now - $0.value.used < Self.idle }
        if let entry = self.entries[key] {
            self.entries[key]?.used = now
            return entry.replay
        }
        let access = try await self.service.openRecording(recording, for: .replay, by: actor)
        var index: [UInt8] = []
        if access.recording.ended != nil {
            // It plays without one.
            index = (try? await self.service.recordingIndex(recording, by: actor)) ?? []
        }
        let replay = try Replay(access, index: index)
        // What is still written grows: the next look opens it anew.
        guard access.recording.ended != nil else { return replay }
        self.entries[key] = Entry(replay: replay, used: now)
        if self.entries.count > Self.mostEntries, let oldest = self.entries.min(by: { $0.value.used < $1.value.used }) {
            self.entries[oldest.key] = nil
        }
        return replay
    }

    /// A page is opened: whatever was open of it before is closed.
    func forget(_ recording: String, for actor: AdminActor) {
        self.entries[Key(origin: actor.origin, recording: recording)] = nil
    }
}
