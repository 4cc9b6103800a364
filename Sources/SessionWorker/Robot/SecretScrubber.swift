/// Finds what must not stand in a recording among the bytes that a program says: secrets that it was given, and that it
/// may say again. Pure.
///
/// Bytes that may be the beginning of a secret are held until it is known.
struct SecretScrubber {
    /// A stretch of the output, in order.
    struct Part: Equatable {
        var bytes: [UInt8]
        var isSecret: Bool
    }

    private var held: [UInt8] = []

    /// Takes in more bytes, and gives out what is decided.
    /// - parameters:
    ///   - secrets: none of them empty.
    ///   - isLast: nothing more comes.
    mutating func received(_ bytes: [UInt8], secrets: [[UInt8]], isLast: Bool) -> [Part] {
        self.held += bytes
        var parts: [Part] = []
        var shown: [UInt8] = []
        var position = 0
        func rest() -> ArraySlice<UInt8> { self.held[position...] }
        func show() {
            guard !shown.isEmpty else { return }
            parts.append(Part(bytes: shown, isSecret: false))
            shown.removeAll()
        }
        scan: while position < self.held.count {
            // Longest first: one may be the beginning of another.
            for secret in secrets.sorted(by: { $0.count > $1.count }) {
                if rest().starts(with: secret) {
                    show()
                    parts.append(Part(bytes: secret, isSecret: true))
                    position += secret.count
                    continue scan
                }
                if !isLast, rest().count < secret.count, secret.starts(with: rest()) { break scan }
            }
            shown.append(self.held[position])
            position += 1
        }
        show()
        self.held.removeFirst(position)
        return parts
    }
}
