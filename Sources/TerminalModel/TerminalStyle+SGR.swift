extension TerminalStyle {
    /// SGR (ECMA-48 section 8.3.117; colours of ISO 8613-6 with colons or, as xterm has it, semicolons).
    mutating func apply(_ parameters: SequenceParameters) {
        guard parameters.count > 0 else { return self.reset() }
        var index = 0
        while index < parameters.count {
            let code = parameters[index]
            var next = index + 1
            while parameters.isSubparameter(next) { next += 1 }
            switch code {
            case 38, 48:
                let color: TerminalColor?
                if next > index + 1 {
                    color = Self.color(parameters, subparameters: (index + 1)..<next)
                } else {
                    (color, next) = Self.color(parameters, from: index + 1)
                }
                guard let color else { break }
                if code == 38 { self.foreground = color } else { self.background = color }
            // The underline's own colour isn't drawn, but its numbers are not attributes.
            case 58: if next == index + 1 { next = Self.color(parameters, from: index + 1).1 }
            case 4: self.setUnderline(kind: next > index + 1 ? parameters[index + 1] : 1)
            default: self.apply(code)
            }
            index = next
        }
    }

    private mutating func reset() {
        let protection = self.attributes.intersection(.protected)
        self = .plain
        self.attributes = protection
    }

    private mutating func setUnderline(kind: Int) {
        self.attributes.subtract([.underline, .doubleUnderline])
        switch kind {
        case 0: break
        case 2: self.attributes.insert(.doubleUnderline)
        // Curly, dotted and dashed are shown as plain.
        default: self.attributes.insert(.underline)
        }
    }

    private mutating func apply(_ code: Int) {
        switch code {
        case 0: self.reset()
        case 1: self.attributes.insert(.bold)
        case 2: self.attributes.insert(.faint)
        case 3: self.attributes.insert(.italic)
        case 5, 6: self.attributes.insert(.blink)
        case 7: self.attributes.insert(.inverse)
        case 8: self.attributes.insert(.conceal)
        case 9: self.attributes.insert(.strike)
        case 21: self.setUnderline(kind: 2)
        case 22: self.attributes.subtract([.bold, .faint])
        case 23: self.attributes.remove(.italic)
        case 24: self.setUnderline(kind: 0)
        case 25: self.attributes.remove(.blink)
        case 27: self.attributes.remove(.inverse)
        case 28: self.attributes.remove(.conceal)
        case 29: self.attributes.remove(.strike)
        case 30...37: self.foreground = .palette(UInt8(code - 30))
        case 39: self.foreground = .standard
        case 40...47: self.background = .palette(UInt8(code - 40))
        case 49: self.background = .standard
        case 90...97: self.foreground = .palette(UInt8(code - 90 + 8))
        case 100...107: self.background = .palette(UInt8(code - 100 + 8))
        default: break
        }
    }

    /// `38;5;N` and `38;2;R;G;B`, from the 5 or 2 on. Returns the index after what was read.
    private static func color(_ parameters: SequenceParameters, from index: Int) -> (TerminalColor?, Int) {
        func byte(_ offset: Int) -> UInt8 { UInt8(clamping: parameters[index + offset]) }
        switch parameters[index] {
        case 5: return (index + 1 < parameters.count ? .palette(byte(1)) : nil, index + 2)
        case 2: return (index + 3 < parameters.count ? .rgb(byte(1), byte(2), byte(3)) : nil, index + 4)
        default: return (nil, index + 1)
        }
    }

    /// `38:5:N`, `38:2:R:G:B` and `38:2:colour-space:R:G:B`.
    private static func color(_ parameters: SequenceParameters, subparameters: Range<Int>) -> TerminalColor? {
        func byte(_ index: Int) -> UInt8 { UInt8(clamping: parameters[index]) }
        let first = subparameters.lowerBound
        switch (parameters[first], subparameters.count) {
        case (5, 2...): return .palette(byte(first + 1))
        case (2, 4): return .rgb(byte(first + 1), byte(first + 2), byte(first + 3))
        case (2, 5...): return .rgb(byte(first + 2), byte(first + 3), byte(first + 4))
        default: return nil
        }
    }
}
