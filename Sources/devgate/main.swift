import Foundation
import AccessPolicy
import Gateway
import GatewayConfiguration
import Logging
import Platform
import SessionStore
import Vault

let dir = CommandLine.arguments[1], port = UInt16(CommandLine.arguments[2])!, tport = UInt16(CommandLine.arguments[3])!
func key(_ p: String) throws -> StoredKey {
  let k = try OpenSSHPublicKey(line: try String(contentsOfFile: p, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
  return StoredKey(type: k.type, blob: k.blob, comment: k.comment, fingerprint: k.fingerprint)
}
func text(_ p: String) throws -> SecretBytes { var b = Array(try Data(contentsOf: URL(fileURLWithPath: p))); return SecretBytes(wiping: &b) }
var c = GatewayConfiguration(folder: dir)
c.worker = "/work/main/.build/release/sallyport-session"; c.listen = NetworkAddress(host: "127.0.0.1", port: port)
if !FileManager.default.fileExists(atPath: dir + "/sallyport.db") {
  try FileManager.default.createDirectory(atPath: dir + "/keys", withIntermediateDirectories: true)
  let v = try Vault.create(keyFile: dir + "/keys/vault.key")
  _ = try GatewayKeys.create(in: dir + "/keys", vault: v)
  let s = try SessionStore(path: dir + "/sallyport.db")
  try s.addUser("alice", keys: [try key(dir + "/alice.pub")], passwordHash: try PasswordHasher().hash(SecretBytes(copying: Array("wonderland".utf8))), by: "dev")
  try s.addTarget("web1", host: "127.0.0.1", port: tport, hostKeys: [try key(dir + "/thost.pub")], by: "dev")
  let (blob, pub) = try v.sealPrivateKey(text: try text(dir + "/tkey"), for: .privateKey(target: "web1", account: "root"))
  try s.setCredential(target: "web1", account: "root", kind: .privateKey, sealed: blob, publicKey: StoredKey(type: pub.type, blob: pub.blob, comment: "", fingerprint: pub.fingerprint), by: "dev")
  try s.addGrant(Grant(name: "g", users: ["alice"], targets: ["web1"], accounts: ["root"], channels: [.shell, .exec, .sftp, .scp]), by: "dev")
}
var log = Logger(label: "dev") { StreamLogHandler.standardError(label: $0) }
let runtime = try GatewayRuntime(configuration: c, log: log)
print("ready on", try await runtime.start())
signal(SIGTERM, SIG_IGN)
let src = DispatchSource.makeSignalSource(signal: SIGTERM)
src.setEventHandler { Task { await runtime.stop(reason: "signal"); exit(0) } }
src.resume()
try await Task.sleep(for: .seconds(100000))
