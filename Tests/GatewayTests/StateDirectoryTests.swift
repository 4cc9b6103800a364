import Foundation
import GatewayConfiguration
import Glibc
import Logging
import SessionStore
import Testing
import Vault

@testable import Gateway

@Suite("State directory")
struct StateDirectoryTests {
    private let address = NetworkAddress(host: "127.0.0.1", port: 2222)

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("a new one has keys, database, recordings and a configuration, private to its owner, and opens")
    func creation() throws {
        let path = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try StateDirectory.create(at: path, listen: self.address)
        for directory in [path, path + "/keys", path + "/recordings"] {
            #expect(try self.mode(directory) == 0o700, "\(directory)")
        }
        for file in ["sallyport.toml", "sallyport.db", "keys/vault.key"] {
            #expect(try self.mode("\(path)/\(file)") == 0o600, "\(file)")
        }
        let configuration = try GatewayConfiguration.load(path: path + "/sallyport.toml")
        #expect(configuration.listen == self.address)
        let store = try SessionStore(path: configuration.databasePath)
        let vault = try VaultOpening(store: store, stateDirectory: path, log: Logger(label: "test")).open(.unattended)
        _ = try GatewayKeys.open(try store.gatewayKeys(), under: vault)
        #expect(try store.users().isEmpty)
        #expect(FileManager.default.fileExists(atPath: configuration.recordingsDirectory))
        #expect(try String(contentsOfFile: path + "/keys/host_ed25519.pub", encoding: .utf8).hasPrefix("ssh-ed25519 "))
        #expect(
            try String(contentsOfFile: path + "/keys/recording_archive.pub", encoding: .utf8)
                .hasPrefix("spr-recipient-1"))

        let again = #expect(throws: GatewayError.self) {
            try StateDirectory.create(at: path, listen: self.address)
        }
        #expect(again?.message == "\(path) is not empty")
        #expect(FileManager.default.fileExists(atPath: path + "/keys/vault.key"))
    }

    @Test("an empty directory is taken and made private; one that holds anything is left as it is")
    func existing() throws {
        let path = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        mkdir(path, 0o755)
        try StateDirectory.create(at: path, listen: self.address)
        #expect(try self.mode(path) == 0o700)

        let full = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: full) }
        mkdir(full, 0o755)
        try "x".write(toFile: full + "/keys", atomically: false, encoding: .utf8)
        #expect(throws: GatewayError.self) { try StateDirectory.create(at: full, listen: self.address) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: full) == ["keys"])
        #expect(try self.mode(full) == 0o755)
    }

    @Test("a recordings directory that is there already, as a disk of its own, is kept")
    func mountedRecordings() throws {
        let path = AdministrationFixture.newPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        mkdir(path, 0o700)
        mkdir(path + "/recordings", 0o700)
        mkdir(path + "/recordings/lost+found", 0o700)
        try StateDirectory.create(at: path, listen: self.address)
        #expect(FileManager.default.fileExists(atPath: path + "/sallyport.toml"))
        #expect(FileManager.default.fileExists(atPath: path + "/recordings/lost+found"))
    }

    @Test("a place that can't be made says why, and leaves nothing")
    func impossible() throws {
        let path = AdministrationFixture.newPath() + "/a"
        let error = #expect(throws: GatewayError.self) {
            try StateDirectory.create(at: path, listen: self.address)
        }
        #expect(error?.message == "cannot make \(path): no such file or directory")
    }
}
