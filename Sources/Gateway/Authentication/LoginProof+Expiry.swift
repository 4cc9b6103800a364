import Identity

extension LoginProof {
    /// When a user's certificate expires, UTC in nanoseconds; nil for one that never does, and for other proofs.
    var certificateEnd: Int64? {
        guard case .certificate(let certificate) = self, certificate.validBefore < UInt64(Int64.max / 1_000_000_000)
        else { return nil }
        return Int64(certificate.validBefore) * 1_000_000_000
    }
}

extension Login {
    /// When the first of its certificates expires, UTC in nanoseconds; nil for never.
    var certificateEnd: Int64? { self.proofs.compactMap(\.certificateEnd).min() }
}
