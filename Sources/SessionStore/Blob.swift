import FoundationEssentials
import GRDB

/// Bytes on their way into a BLOB column.
struct Blob: DatabaseValueConvertible {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var databaseValue: DatabaseValue { Data(self.bytes).databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> Blob? {
        Data.fromDatabaseValue(value).map { Blob(Array($0)) }
    }
}

extension Row {
    /// The bytes of a BLOB column that is never null.
    func bytes(_ column: String) -> [UInt8] {
        let blob: Blob = self[column]
        return blob.bytes
    }
}
