@testable import SessionWorker

/// A terminal session as the gateway sees it, and what the masker made of it.
struct Dialogue {
    private var masker = KeystrokeMasker()
    private var time: UInt64 = 0
    /// Input as the recording has it: text that was noted or revealed, `‹n›` for n masked bytes.
    private(set) var recorded = ""
    private(set) var withheld = 0
    private(set) var released = 0

    init() { self.masker.resize(columns: 80, rows: 24) }

    /// What the recording makes of this dialogue after its end.
    static func recorded(_ body: (inout Dialogue) -> Void) -> String {
        var dialogue = Dialogue()
        body(&dialogue)
        dialogue.end()
        return dialogue.recorded
    }

    /// All at once, as a paste or a slow network brings it.
    mutating func type(_ text: String) { self.type(Array(text.utf8)) }

    mutating func type(_ bytes: [UInt8]) {
        self.time += 50_000
        switch bytes.withUnsafeBytes({ self.masker.typed($0, at: self.time) }) {
        case .plain:
            self.collect()
            self.recorded += Self.visible(bytes)
        case .withheld:
            self.withheld += bytes.count
            self.collect()
        }
    }

    mutating func show(_ text: String) { self.show(Array(text.utf8)) }

    mutating func show(_ bytes: [UInt8]) {
        self.time += 1_000
        bytes.withUnsafeBytes { self.masker.shown($0, at: self.time) }
        self.collect()
    }

    /// Key by key, each echoed before the next; Enter as a terminal echoes it.
    mutating func typeEchoed(_ text: String) {
        for scalar in text.unicodeScalars {
            self.type(String(scalar))
            self.show(scalar == "\r" ? "\r\n" : String(scalar))
        }
    }

    /// Key by key, without an answer.
    mutating func typeUnechoed(_ text: String) {
        for scalar in text.unicodeScalars { self.type(String(scalar)) }
    }

    mutating func pass(seconds: UInt64) { self.time += seconds * 1_000_000 }

    mutating func end() {
        self.masker.finish()
        self.collect()
    }

    private mutating func collect() {
        for verdict in self.masker.takeVerdicts() {
            switch verdict {
            case .revealed(let bytes):
                self.released += bytes.count
                self.recorded += Self.visible(bytes)
            case .masked(let count):
                self.released += count
                self.recorded += "‹\(count)›"
            }
        }
    }

    /// Controls as their pictures, so that what is expected can be read.
    private static func visible(_ bytes: [UInt8]) -> String {
        String(
            String.UnicodeScalarView(
                String(decoding: bytes, as: UTF8.self).unicodeScalars.map {
                    $0.value < 0x20 ? Unicode.Scalar(0x2400 + $0.value) ?? $0 : $0.value == 0x7F ? "\u{2421}" : $0
                }))
    }
}
