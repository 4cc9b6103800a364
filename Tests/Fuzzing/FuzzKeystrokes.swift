@testable import Keystrokes

/// Any keys and any output of a program, in any order: each byte is recorded plainly, or withheld and then revealed or
/// masked, once and in the order in which it was typed.
///
/// A piece is a byte that says what and how much (bit 7 output, bit 6 a second passes, the rest its size), and its bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKeystrokes(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var rest = UnsafeRawBufferPointer(start: start, count: count)[...]
    var masker = KeystrokeMasker()
    masker.resize(columns: 40, rows: 10)
    var withheld: [UInt8] = []
    var time: UInt64 = 0
    while let head = rest.popFirst() {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(head & 0x3F)))
        rest = rest.dropFirst(piece.count)
        time += head & 0x40 != 0 ? 1_000_000 : 10_000
        if head & 0x80 != 0 {
            masker.shown(piece, at: time)
        } else if !piece.isEmpty {
            // As the recorder does: what was decided stands before a key that is recorded plainly.
            switch masker.typed(piece, at: time) {
            case .withheld: withheld += piece
            case .plain:
                settle(masker.takeVerdicts(), &withheld)
                precondition(withheld.isEmpty, "no key overtakes one that is withheld")
            }
        }
        settle(masker.takeVerdicts(), &withheld)
    }
    masker.finish()
    settle(masker.takeVerdicts(), &withheld)
    precondition(withheld.isEmpty, "everything is decided on in the end")
    return 0
}

private func settle(_ verdicts: [KeystrokeMasker.Verdict], _ withheld: inout [UInt8]) {
    for verdict in verdicts {
        switch verdict {
        case .revealed(let bytes):
            precondition(withheld.starts(with: bytes), "what is revealed is what was typed")
            withheld.removeFirst(bytes.count)
        case .masked(let count):
            precondition(count <= withheld.count, "no more is masked than was withheld")
            withheld.removeFirst(count)
        }
    }
}
