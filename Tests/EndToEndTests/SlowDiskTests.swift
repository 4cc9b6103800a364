import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// The disk comes after the relay: soon, and without holding it up.
    @Suite("recordings on a slow disk", .serialized, .throughGateway)
    struct SlowDisks {
        /// What is typed comes back, and nothing else comes.
        private static let echo = "echo here; exec cat"

        private static func laboratory() throws -> (lab: Laboratory, disk: SlowDisk) {
            let lab = try Laboratory(startGateway: false)
            do {
                let disk = try SlowDisk(in: lab.scratch)
                try lab.gateway.start(environment: disk.environment)
                try lab.introduce(to: lab.gateway)
                return (lab, disk)
            } catch {
                lab.dispose()
                throw error
            }
        }

        private static func session(_ lab: Laboratory) throws -> (client: RunningProcess, id: String) {
            let client = try RunningProcess(
                lab.client.ssh(lab.route(), self.echo), in: lab.scratch, input: .pipe)
            try client.waitForOutput("here\n")
            return (client, try #require(try lab.gateway.sessions().first).id)
        }

        /// Types a word and waits for its echo: then it is recorded in both directions.
        private static func type(_ word: String, to client: RunningProcess) throws {
            try client.write(word)
            try client.waitForOutput(word)
        }

        @Test("what comes last before a pause is brought to the disk without waiting for more")
        func lastBeforePause() throws {
            let (lab, disk) = try Self.laboratory()
            defer { lab.dispose() }
            let (client, id) = try Self.session(lab)
            let path = try #require(try lab.gateway.recordings().first { $0.id == id }).path
            for round in 0..<10 {
                // The pause begins at another moment of the broker's second each time.
                for number in 0...(1 + round % 5) {
                    try Self.type("<\(round).\(number)>", to: client)
                    pause(.milliseconds(Int.random(in: 20...300)))
                }
                // The next checkpoint would bring it there too, ten seconds later.
                try waitUntil("all of \(path) is on the disk after pause \(round)", within: .seconds(8)) {
                    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                    return disk.syncedBytes(of: id) >= size ?? .max
                }
            }
            client.closeInput()
            #expect(try client.wait().ending == .exited(0))
        }

        @Test("while a sync hangs, keys pass, logins succeed, and a kill kills; the recordings are sealed afterwards")
        func hangingSync() throws {
            let (lab, disk) = try Self.laboratory()
            defer { lab.dispose() }
            try disk.hold()
            let (client, id) = try Self.session(lab)
            try waitUntil("the syncs hang") { disk.isSyncing("\(id).spr") && disk.isSyncing("sallyport.db-wal") }
            for number in 0..<50 { try Self.type("<\(number)>", to: client) }
            #expect(try lab.ssh("echo other").text == "other\n")
            #expect(disk.isSyncing("\(id).spr") && disk.isSyncing("sallyport.db-wal"))
            #expect(disk.syncedBytes(of: id) == 0)
            #expect(try lab.gateway.kill(id, reason: "the disk hangs").verified)
            #expect(try client.wait().code == 255)
            #expect(try lab.gateway.recordings().allSatisfy { $0.ended == nil })

            try disk.release()
            let entries = try lab.gateway.sealedRecordings(since: [], count: 2)
            #expect(Set(entries.map(\.how)) == ["killed", "closed"])
            for entry in entries { try lab.gateway.administer("recording", "verify", entry.id) }
            let transcript = try lab.gateway.administer("recording", "transcript", id)
            #expect(transcript.contains("<49>"))
            #expect(lab.gateway.log.contains("recording \(id): the disk took "))
        }
    }
}
