import AdminAPI
import Platform

extension GatewayAdministration {
    func trouble() async -> String? {
        let store = self.store
        do {
            _ = try await self.perform { try store.newestAuditRow() }
        } catch {
            return "the database gives no answer"
        }
        return await self.live.isAccepting() ? nil : "no SSH clients are accepted"
    }

    func metrics(by actor: AdminActor) async throws -> [MetricFamily] {
        let (load, sessions) = (await self.live.load(), await self.live.liveSessions())
        let (store, health, started, forwarding) = (self.store, self.health, self.started, self.forwarding)
        let directories = self.directoryHealth
        return try await self.perform {
            var info = MetricFamily("sallyport_info", .gauge, "The version that runs.")
            info.add(1, (name: "version", value: ProductVersion.current))
            var connections = MetricFamily("sallyport_connections", .gauge, "Connections of SSH clients.")
            connections.add(Double(load.unauthenticated), (name: "state", value: "unauthenticated"))
            connections.add(Double(load.connections - load.unauthenticated), (name: "state", value: "authenticated"))
            var live = MetricFamily("sallyport_sessions", .gauge, "Sessions under way.")
            let locked = sessions.count { $0.lockedBy != nil }
            live.add(Double(sessions.count - locked), (name: "state", value: "open"))
            live.add(Double(locked), (name: "state", value: "locked"))
            var events = MetricFamily(
                "sallyport_audit_events_total", .counter, "Events of the audit log, by their code.")
            for (code, count) in try health.auditCounts(store).sorted(by: { $0.key < $1.key }) {
                events.add(Double(count), (name: "code", value: code))
            }
            var up = MetricFamily(
                "sallyport_service_up", .gauge, "Whether what the gateway depends on answered when last asked.")
            var behind = MetricFamily(
                "sallyport_audit_receiver_behind_rows", .gauge, "Rows of the audit log that a receiver has not.")
            for receiver in forwarding?.status(newest: try store.newestAuditRow()) ?? [] {
                let name = (name: "name", value: receiver.name)
                up.add(receiver.failure == nil ? 1 : 0, (name: "kind", value: receiver.kind), name)
                behind.add(Double(receiver.behind), name)
            }
            for directory in directories {
                up.add(
                    directory.failure == nil ? 1 : 0, (name: "kind", value: directory.kind),
                    (name: "name", value: directory.address))
            }
            let known = [
                MetricFamily("sallyport_users", .gauge, "Users.", Double(try store.users().count)),
                MetricFamily("sallyport_targets", .gauge, "Targets.", Double(try store.targets().count)),
                MetricFamily("sallyport_recordings", .gauge, "Recordings.", Double(try store.sessionCount())),
                MetricFamily(
                    "sallyport_recordings_sealing", .gauge, "Recordings that are being sealed.", Double(load.sealing)),
            ]
            return [info] + known + [connections, live, events, up, behind].filter { !$0.samples.isEmpty }
                + Self.disk(health) + Self.process(started)
        }
    }

    private static func disk(_ health: GatewayHealth) -> [MetricFamily] {
        guard let disk = ProcessFacts.disk(of: health.configuration.recordingsDirectory) else { return [] }
        return [
            MetricFamily(
                "sallyport_recordings_disk_free_bytes", .gauge, "Room left on the disk of the recordings.",
                Double(disk.free)),
            MetricFamily(
                "sallyport_recordings_disk_size_bytes", .gauge, "Size of the disk of the recordings.",
                Double(disk.total)),
        ]
    }

    private static func process(_ started: Timestamp) -> [MetricFamily] {
        [
            MetricFamily(
                "process_start_time_seconds", .gauge, "When the gateway started, in seconds since 1970.",
                Double(started.nanosecondsSince1970 / 1_000_000_000)),
            MetricFamily(
                "process_cpu_seconds_total", .counter, "CPU time of the broker, in seconds.", ProcessFacts.cpuSeconds),
            MetricFamily(
                "process_resident_memory_bytes", .gauge, "Resident memory of the broker.",
                Double(ProcessFacts.residentBytes)),
            MetricFamily(
                "process_open_fds", .gauge, "Open descriptors of the broker.", Double(ProcessFacts.openDescriptors)),
            MetricFamily(
                "process_max_fds", .gauge, "Most descriptors that the broker may open.",
                Double(ProcessFacts.descriptorLimit)),
        ]
    }
}
