/// A parser as bytes, also in the middle of a sequence or a character.
extension SequenceParser {
    func write(to state: inout StateWriter) {
        switch self.state {
        // The usual one by far: what earlier sequences left behind is not looked at again.
        case .ground:
            state.raw([0])
            return
        case .character(let remaining, let value, let least, let most):
            state.raw([1, remaining, least, most])
            state.number(value)
        case .escape: state.raw([2])
        case .csiStart: state.raw([3])
        case .csi: state.raw([4])
        case .csiIgnored: state.raw([5])
        case .string(let endsAtBell): state.raw([endsAtBell ? 6 : 7])
        case .stringEscape: state.raw([8])
        }
        state.raw([self.marker])
        state.number(self.intermediates)
        self.parameters.write(to: &state)
    }

    init?(from state: inout StateReader) {
        self.init()
        guard let kind = state.byte() else { return nil }
        switch kind {
        case 0: return
        case 1:
            guard let remaining = state.byte(), let least = state.byte(), let most = state.byte(),
                let value = state.number().flatMap({ UInt32(exactly: $0) }), 1...3 ~= remaining, least <= most,
                0x80...0xBF ~= least, 0x80...0xBF ~= most,
                // What a Unicode scalar can still come of: the parser shifts it.
                value < 1 << 16
            else { return nil }
            self.state = .character(remaining: remaining, value: value, least: least, most: most)
        case 2: self.state = .escape
        case 3: self.state = .csiStart
        case 4: self.state = .csi
        case 5: self.state = .csiIgnored
        case 6, 7: self.state = .string(endsAtBell: kind == 6)
        case 8: self.state = .stringEscape
        default: return nil
        }
        guard let marker = state.byte(), let intermediates = state.number().flatMap({ UInt32(exactly: $0) }),
            let parameters = SequenceParameters(from: &state)
        else { return nil }
        self.marker = marker
        self.intermediates = intermediates
        self.parameters = parameters
    }
}

extension SequenceParameters {
    func write(to state: inout StateWriter) {
        state.number(self.values.count)
        for value in self.values { state.number(value) }
        state.number(self.colons)
        state.flag(self.isFull)
    }

    init?(from state: inout StateReader) {
        self.init()
        guard let count = state.number(in: 0..<Self.maximumCount + 1) else { return nil }
        for _ in 0..<count {
            guard let value = state.number().flatMap({ UInt16(exactly: $0) }) else { return nil }
            self.values.append(value)
        }
        guard let colons = state.number().flatMap({ UInt32(exactly: $0) }), let isFull = state.flag() else {
            return nil
        }
        self.colons = colons
        self.isFull = isFull
    }
}
