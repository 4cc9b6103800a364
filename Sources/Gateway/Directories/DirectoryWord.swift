import Directory
import OpenIDConnect
import Platform

/// What one step of a login has to ask the directory.
struct DirectoryQuestion: Sendable {
    /// Names of users, one of which is meant: the first that the directory holds.
    var names: [String]
    /// nil asks only who they are.
    var password: SecretBytes?
}

/// What the directory, or the provider, said.
enum DirectoryWord: Sendable {
    /// It holds none of these names.
    case nobody(names: [String])
    case person(DirectoryPerson, password: Password)
    /// It can't be asked, for this reason.
    case silent(cause: String)
    /// Somebody has signed in at the provider. `id` is the broker's number for it.
    case signedIn(SignedIn, id: UInt64)
    case notSignedIn(cause: String)

    enum Password: Hashable, Sendable {
        case notAsked
        case right
        case wrong(cause: String)
    }
}

/// How the directory's people become users.
struct DirectoryTerms: Hashable, Sendable {
    var createsUsers: Bool
    /// It holds public keys too.
    var hasKeys: Bool
}
