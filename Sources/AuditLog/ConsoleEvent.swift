/// Who signs in to the web console.
public enum ConsoleEvent: Hashable, Sendable {
    /// `from` is an address without its port.
    case signedIn(user: String, methods: [LoginMethod], from: String)
    case signInFailed(user: String, from: String, cause: String)
    case signedOut(user: String, from: String)

    var code: AuditCode {
        switch self {
        case .signedIn: .consoleSignedIn
        case .signInFailed: .consoleSignInFailed
        case .signedOut: .consoleSignedOut
        }
    }

    /// In the order in which they are kept.
    var pairs: [(name: String, value: String?)] {
        switch self {
        case .signedIn(let user, let methods, let from):
            [("user", user), ("methods", methods.map(\.rawValue).joined(separator: ",")), ("from", from)]
        case .signInFailed(let user, let from, let cause): [("user", user), ("from", from), ("cause", cause)]
        case .signedOut(let user, let from): [("user", user), ("from", from)]
        }
    }
}
