import TOMLKit

extension Setting {
    /// `[log]`
    static var log: [Setting] {
        [
            Setting(
                name: "log.format",
                explanation:
                    "of standard error: \(GatewayConfiguration.LogFormat.allCases.map(\.rawValue).joined(separator: ", "))"
            ) { configuration, value, _ in
                guard let format = value.string.flatMap({ GatewayConfiguration.LogFormat(rawValue: $0) }) else {
                    let formats = GatewayConfiguration.LogFormat.allCases.map { "\"\($0.rawValue)\"" }
                    return Complaint(expected: "one of \(formats.joined(separator: ", "))")
                }
                configuration.logFormat = format
                return nil
            }
        ]
    }
}
