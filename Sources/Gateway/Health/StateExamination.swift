import AdminAPI
import GatewayConfiguration
import Glibc

/// The gateway's files, its process and its machine, as far as they can be wrong.
struct StateExamination {
    let configuration: GatewayConfiguration
    let programs: [GatewayHealth.Program]

    var findings: [Finding] {
        self.modes + self.disk + self.clock + self.limits + self.replaced + self.listening
    }

    /// What others on this host could read.
    private var modes: [Finding] {
        let state = self.configuration.stateDirectory
        let secret = [
            state, self.configuration.keysDirectory, self.configuration.databasePath,
            self.configuration.databasePath + "-wal", state + "/sallyport.toml", self.configuration.controlSocketPath,
            self.configuration.recordingsDirectory, self.configuration.apiKeyPath, state + "/keys/vault.key",
        ]
        return Set(secret).sorted().compactMap { path in
            var info = stat()
            guard stat(path, &info) == 0, info.st_mode & 0o077 != 0 else { return nil }
            // Below a folder of the owner's alone, a mode is nobody's way in.
            let isFolder = info.st_mode & S_IFMT == S_IFDIR
            return Finding(
                isFolder && path == state ? .critical : .warning, "state-modes",
                "others on this host have rights on \(path) (mode \(String(info.st_mode & 0o777, radix: 8)))",
                hint: "chmod \(isFolder ? "700" : "600") \(path)")
        }
    }

    /// Below these a session may end for want of room, in bytes.
    private static let criticalRoom: UInt64 = 256 << 20
    private static let lowRoom: UInt64 = 2 << 30

    private var disk: [Finding] {
        let places = [self.configuration.recordingsDirectory, self.configuration.stateDirectory]
        return places.compactMap { path in
            guard let disk = ProcessFacts.disk(of: path) else {
                return Finding(
                    .critical, "disk-space", "the disk of \(path) can't be looked at", hint: "is it mounted?")
            }
            guard disk.free < Self.lowRoom || disk.free < disk.total / 20 else { return nil }
            return Finding(
                disk.free < Self.criticalRoom ? .critical : .warning, "disk-space",
                "\(disk.free >> 20) MiB are left for \(path): without room, sessions end",
                hint: "make room, or move old recordings elsewhere")
        }
    }

    private var clock: [Finding] {
        guard ProcessFacts.isClockSynchronised == false else { return [] }
        return [
            Finding(
                .warning, "clock", "nothing keeps this host's clock right: recordings, certificates and codes need it",
                hint: "run chrony or systemd-timesyncd")
        ]
    }

    /// A connection takes its two ends, a recording, a process handle, and a little more.
    private static let descriptorsPerConnection: UInt64 = 6

    private var limits: [Finding] {
        let needed = UInt64(self.configuration.limits.total) * Self.descriptorsPerConnection
        guard ProcessFacts.descriptorLimit < needed else { return [] }
        return [
            Finding(
                .warning, "open-files",
                "\(ProcessFacts.descriptorLimit) open files are too few for \(self.configuration.limits.total) connections",
                hint: "raise the limit to \(needed) (systemd: LimitNOFILE), or lower limits.total")
        ]
    }

    private var replaced: [Finding] {
        self.programs.compactMap { program in
            guard access(program.path, X_OK) == 0 else {
                return Finding(
                    .critical, "programs", "\(program.path) is gone, or can't be run", hint: "install it again")
            }
            guard program.isReplaced else { return nil }
            return Finding(
                .warning, "programs", "\(program.path) was replaced since the gateway started",
                hint: "restart the gateway, so that its parts are of one version")
        }
    }

    private var listening: [Finding] {
        guard let api = self.configuration.api.listen, ["0.0.0.0", "::"].contains(api.host) else { return [] }
        return [
            Finding(
                .note, "listen", "the API listens on every address of this host (\(api))",
                hint: "name the address of the network of administrators as api.listen")
        ]
    }
}
