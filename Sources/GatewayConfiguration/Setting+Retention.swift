import TOMLKit

extension Setting {
    /// How long recordings are kept that no rule is about.
    static var keep: Setting {
        Setting(
            name: "recording.keep",
            explanation: "how long recordings are kept that no retention rule is about, such as \"400d\"; \"\" for ever"
        ) { configuration, value, _ in
            let expected = "a number of days such as \"400d\", or \"\""
            guard let text = value.string else { return Complaint(expected: expected) }
            guard !text.isEmpty else {
                configuration.keepSeconds = nil
                return nil
            }
            guard text.last == "d", let days = Int(text.dropLast()), (1...36_500).contains(days) else {
                return Complaint(expected: expected)
            }
            configuration.keepSeconds = days * 86_400
            return nil
        }
    }
}
