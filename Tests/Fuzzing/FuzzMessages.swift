import WorkerProtocol

/// Any bytes as a message, in both directions: what can be decoded comes back from its own encoding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessages(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let message = try? WorkerMessage(decoding: bytes) {
        precondition((try? WorkerMessage(decoding: message.encoded)) == message, "a message is its encoding's")
    }
    if let message = try? BrokerMessage(decoding: bytes) {
        precondition((try? BrokerMessage(decoding: message.encoded)) == message, "a message is its encoding's")
    }
    _ = BrokerMessage.secret(in: bytes)
    return 0
}
