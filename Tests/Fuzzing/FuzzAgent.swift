import Crypto

@testable import Vault

private let key = PrivateKey.ed25519(Curve25519.Signing.PrivateKey())

/// Any bytes from the worker's end of an agent socket: nothing is signed, as no request is for this login's key.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAgent(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var responder = AgentResponder(identity: AgentIdentity(key: key, comment: ""), account: "root")
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for piece in stride(from: 0, to: count, by: 9) {
        guard (try? responder.receive(bytes[piece..<min(piece + 9, count)])) != nil else { break }
    }
    precondition(responder.signatures == 0, "nobody can guess the key's blob")
    return 0
}
