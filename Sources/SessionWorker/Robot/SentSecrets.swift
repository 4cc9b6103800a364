import WorkerProtocol

/// The secrets that one robot has given to its programs, to be known when they come back. They live as long as it does.
struct SentSecrets {
    private var secrets: [LockedPassword] = []

    mutating func add(_ secret: LockedPassword) { self.secrets.append(secret) }

    /// Copies, to compare with.
    var bytes: [[UInt8]] { self.secrets.map(\.copy).filter { !$0.isEmpty } }
}

extension LockedPassword {
    /// The bytes, without the NUL; passwords hold none.
    var copy: [UInt8] {
        self.withCString { text in
            var length = 0
            while text[length] != 0 { length += 1 }
            return (0..<length).map { UInt8(bitPattern: text[$0]) }
        }
    }
}
