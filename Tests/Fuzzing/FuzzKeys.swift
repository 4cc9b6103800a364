import Platform

@testable import Vault

/// Any bytes as the files of keys that people hand in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKeys(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let key = try? OpenSSHPublicKey(line: String(decoding: bytes, as: UTF8.self)) {
        precondition((try? OpenSSHPublicKey(line: key.line)) == key, "a key is that of its own line")
    }
    _ = try? OpenSSHPublicKey(blob: bytes)
    _ = try? PrivateKeyText.read(SecretBytes(copying: bytes))
    _ = try? OpenSSHPrivateKey.read(Array("openssh-key-v1\0".utf8) + bytes)
    _ = try? UserCertificate(blob: bytes)
    _ = try? OneTimeCodes(reading: SecretBytes(copying: bytes))
    return 0
}
