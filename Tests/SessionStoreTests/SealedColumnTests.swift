import Foundation
import GRDB
import Testing

@testable import SessionStore

@Suite("Sealed columns")
struct SealedColumnTests {
    /// Columns of bytes that hold nothing that the vault has sealed.
    private static let plain: Set<String> = [
        "api_tokens.hash", "audit.fields", "audit.hash", "audit_heads.hash", "audit_heads.signature",
        "certificate_authorities.key_blob", "console_sessions.hash",
        "credential_rotations.key_blob", "credential_versions.key_blob",
        "credentials.key_blob", "deleted_recordings.first_record", "deleted_recordings.last_record", "host_keys.blob",
        "pending_host_keys.blob",
        "user_authorities.blob", "user_keys.blob", "user_recovery_codes.hash", "vault_key.key_id", "vault_key.salt",
    ]

    @Test("every column of bytes is either known as plain, or named so that a change of the vault's key finds it")
    func names() throws {
        let folder = try TemporaryFolder()
        let store = try SessionStore(path: folder.path + "/sallyport.db")
        let (sealed, bytes) = try store.read { database in
            let sealed = try SealedColumn.all(in: database).map { "\($0.table).\($0.name)" }
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'search_*'")
            let bytes = try tables.flatMap { table in
                try database.columns(in: table).filter { $0.type == "BLOB" }.map { "\(table).\($0.name)" }
            }
            return (Set(sealed), Set(bytes))
        }
        #expect(sealed.isSuperset(of: ["credentials.sealed", "gateway_keys.sealed"]))
        let unknown = bytes.subtracting(sealed).subtracting(Self.plain)
        #expect(
            unknown.isEmpty,
            "name \(unknown.sorted()) sealed or …_sealed if the vault seals it, else list it above")
    }
}
