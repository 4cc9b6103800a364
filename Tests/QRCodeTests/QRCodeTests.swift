import Testing

@testable import QRCode

@Suite("QR codes")
struct QRCodeTests {
    @Test("Reed-Solomon remainders are those of the standard's example, annex I")
    func reedSolomon() {
        let data: [UInt8] = [16, 32, 12, 86, 97, 128, 236, 17, 236, 17, 236, 17, 236, 17, 236, 17]
        #expect(
            ReedSolomon.remainder(of: data, degree: 10) == [165, 36, 212, 193, 237, 54, 199, 135, 44, 85])
    }

    @Test("the smallest version that holds the text is taken", arguments: [(17, 21), (18, 25), (108, 41), (230, 53)])
    func versions(_ bytes: Int, _ size: Int) throws {
        let code = try #require(QRCode([UInt8](repeating: 65, count: bytes)))
        #expect(code.size == size)
    }

    @Test("what is too long is refused")
    func tooLong() { #expect(QRCode([UInt8](repeating: 65, count: QRCode.maximumBytes + 1)) == nil) }

    @Test("three corners hold a finder, and the quiet zone is light")
    func finders() throws {
        let code = try #require(QRCode(Array("sallyport".utf8)))
        for (row, column) in [(0, 0), (0, code.size - 7), (code.size - 7, 0)] {
            let pattern = (0..<7).map { y in (0..<7).map { code.isDark(row: row + y, column: column + $0) ? "#" : "." }
            }
            #expect(
                pattern.map { $0.joined() } == [
                    "#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######",
                ])
        }
        #expect(!code.isDark(row: -1, column: 0))
        let lines = code.lines(coloured: false)
        #expect(lines.allSatisfy { $0.count == code.size + 8 })
        #expect(lines.count == (code.size + 9) / 2)
    }

    @Test("a code is the one that another program has read")
    func snapshot() throws {
        let expected = [
            "#######..#.##.#######",
            "#.....#.##.#..#.....#",
            "#.###.#.##..#.#.###.#",
            "#.###.#..#.#..#.###.#",
            "#.###.#.#...#.#.###.#",
            "#.....#.#..##.#.....#",
            "#######.#.#.#.#######",
            "........#####........",
            "##.#..##.##...###.##.",
            "#.#.#....#....##....#",
            ".##.###.....##....#.#",
            "#.#..#.#####...#.#...",
            "##.#..##..#.#.#..#.#.",
            "........##.#...#.#..#",
            "#######.#....#.#####.",
            "#.....#....###.#....#",
            "#.###.#..#.#..##....#",
            "#.###.#.#..#....#..##",
            "#.###.#..##.#..####.#",
            "#.....#.#....##.#....",
            "#######.##.##..##..#.",
        ]
        let code = try #require(QRCode(Array("otpauth".utf8)))
        let drawn = (0..<code.size).map { row in
            (0..<code.size).map { code.isDark(row: row, column: $0) ? "#" : "." }.joined()
        }
        #expect(drawn == expected)
    }
}
