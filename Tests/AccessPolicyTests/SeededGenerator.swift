/// Numbers that a seed decides (SplitMix64), so that what a property test finds can be found again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func element<Element>(of list: [Element]) -> Element { list[Int.random(in: 0..<list.count, using: &self)] }

    /// Any of them, each with the same chance.
    mutating func subset<Element>(of list: [Element]) -> [Element] { list.filter { _ in Bool.random(using: &self) } }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
