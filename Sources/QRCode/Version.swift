/// One size of QR code at error correction level L (ISO/IEC 18004, tables 7, 9 and E.1).
struct Version: Hashable, Sendable {
    let number: Int
    /// Codewords of data in each block; all blocks of these versions are alike.
    let dataCodewords: Int
    let blocks: Int
    /// Codewords of error correction for each block.
    let correctionCodewords: Int
    /// Rows and columns of the centres of alignment patterns.
    let alignments: [Int]

    private static let all = [
        Version(number: 1, dataCodewords: 19, blocks: 1, correctionCodewords: 7, alignments: []),
        Version(number: 2, dataCodewords: 34, blocks: 1, correctionCodewords: 10, alignments: [6, 18]),
        Version(number: 3, dataCodewords: 55, blocks: 1, correctionCodewords: 15, alignments: [6, 22]),
        Version(number: 4, dataCodewords: 80, blocks: 1, correctionCodewords: 20, alignments: [6, 26]),
        Version(number: 5, dataCodewords: 108, blocks: 1, correctionCodewords: 26, alignments: [6, 30]),
        Version(number: 6, dataCodewords: 68, blocks: 2, correctionCodewords: 18, alignments: [6, 34]),
        Version(number: 7, dataCodewords: 78, blocks: 2, correctionCodewords: 20, alignments: [6, 22, 38]),
        Version(number: 8, dataCodewords: 97, blocks: 2, correctionCodewords: 24, alignments: [6, 24, 42]),
        Version(number: 9, dataCodewords: 116, blocks: 2, correctionCodewords: 30, alignments: [6, 26, 46]),
    ]

    /// The first that holds so many bytes: each message begins with 4 bits of mode and 8 of length.
    static func smallest(for bytes: Int) -> Version? {
        Self.all.first { bytes + 2 <= $0.dataCodewords * $0.blocks }
    }

    /// Data and error correction, in the order in which they are placed (sections 7.4 to 7.6).
    func codewords(for bytes: [UInt8]) -> [UInt8] {
        let data = self.data(for: bytes)
        let parts = (0..<self.blocks).map {
            Array(data[$0 * self.dataCodewords..<($0 + 1) * self.dataCodewords])
        }
        let corrections = parts.map { ReedSolomon.remainder(of: $0, degree: self.correctionCodewords) }
        let interleaved = (0..<self.dataCodewords).flatMap { index in parts.map { $0[index] } }
        return interleaved + (0..<self.correctionCodewords).flatMap { index in corrections.map { $0[index] } }
    }

    /// Mode "bytes" (0100), length, bytes, end (0000), padding.
    private func data(for bytes: [UInt8]) -> [UInt8] {
        var nibbles: [UInt8] = [0b0100, UInt8(bytes.count >> 4), UInt8(bytes.count & 15)]
        for byte in bytes { nibbles += [byte >> 4, byte & 15] }
        // With the end the number of nibbles is even.
        nibbles.append(0)
        var data = stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
        var pad: UInt8 = 0xEC
        while data.count < self.dataCodewords * self.blocks {
            data.append(pad)
            pad ^= 0xEC ^ 0x11
        }
        return data
    }
}

/// Error correction over GF(256) with the polynomial 0x11D (section 7.5).
enum ReedSolomon {
    private static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var product: UInt16 = 0
        for bit in (0..<8).reversed() {
            product = product << 1 ^ (product >> 7) * 0x11D
            if right >> UInt8(bit) & 1 != 0 { product ^= UInt16(left) }
        }
        return UInt8(truncatingIfNeeded: product)
    }

    static func remainder(of data: [UInt8], degree: Int) -> [UInt8] {
        // The generator's coefficients below the leading one: the product of (x - 2^i).
        var generator = [UInt8](repeating: 0, count: degree)
        generator[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in 0..<degree {
                generator[index] = Self.multiply(generator[index], root)
                if index + 1 < degree { generator[index] ^= generator[index + 1] }
            }
            root = Self.multiply(root, 2)
        }
        var remainder = [UInt8](repeating: 0, count: degree)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for index in 0..<degree { remainder[index] ^= Self.multiply(generator[index], factor) }
        }
        return remainder
    }
}
