import Testing

@testable import Identity

@Suite("sealed codes")
struct SealedCodeTests {
    @Test("any two of five open, however they are typed, and one or a stranger's don't")
    func opening() throws {
        let (codes, verifier) = SealedCode.make(threshold: 2, count: 5)
        #expect(codes.count == 5 && codes.allSatisfy { $0.utf8.count == 39 })
        let shares = try codes.map { try #require(SealedCode.share($0)) }
        for one in 0..<5 {
            #expect(!SealedCode.opens([shares[one]], verifier: verifier))
            for other in 0..<5 where other != one {
                #expect(SealedCode.opens([shares[one], shares[other]], verifier: verifier))
            }
        }
        let typed = try #require(SealedCode.share(codes[0].lowercased().replacing("-", with: " ")))
        #expect(typed == shares[0])
        let stranger = SealedCode.make(threshold: 2, count: 5)
        let theirs = try #require(SealedCode.share(stranger.codes[1]))
        #expect(!SealedCode.opens([shares[0], theirs], verifier: verifier))
        #expect(!SealedCode.opens(shares.prefix(2).map { $0 }, verifier: stranger.verifier))
        #expect(!SealedCode.opens([shares[0], shares[0]], verifier: verifier))
        #expect(!SealedCode.opens(Array(shares.prefix(2)), verifier: ""))
    }

    @Test("a slip in any letter is noticed")
    func slips() throws {
        let code = Array(SealedCode.make(threshold: 2, count: 2).codes[0])
        for index in code.indices where code[index] != "-" {
            var wrong = code
            wrong[index] = code[index] == "A" ? "B" : "A"
            #expect(SealedCode.share(String(wrong)) == nil)
        }
        for text in ["", "AAAA", String(code.dropLast()), String(code) + "A", String(repeating: "A", count: 32)] {
            #expect(SealedCode.share(text) == nil, "\(text)")
        }
    }
}
