import Testing

@testable import AccessPolicy

@Suite("Natural order")
struct NaturalOrderTests {
    @Test("numbers in names count as numbers, however long they are")
    func order() {
        let sorted = [
            "a", "db1", "db1-2", "db1-10", "db01-11", "db2", "db10", "web", "web2", "web02", "web2a", "web10",
            "web99999999999999999999998", "web99999999999999999999999",
        ]
        #expect(sorted.shuffled().sorted(by: NaturalOrder.areInOrder) == sorted.sorted(by: NaturalOrder.areInOrder))
        for (index, first) in sorted.enumerated() {
            #expect(!NaturalOrder.areInOrder(first, first))
            for second in sorted[(index + 1)...] {
                let isEqualButForZeros = [first, second].sorted() == ["web02", "web2"]
                if isEqualButForZeros { continue }
                #expect(NaturalOrder.areInOrder(first, second), "\(first) \(second)")
                #expect(!NaturalOrder.areInOrder(second, first), "\(second) \(first)")
            }
        }
        #expect(NaturalOrder.areInOrder("web02", "web2") != NaturalOrder.areInOrder("web2", "web02"))
    }
}
