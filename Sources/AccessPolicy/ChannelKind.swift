/// What may be done over a connection to a target, as grants name it.
public enum ChannelKind: String, CaseIterable, Hashable, Sendable {
    case shell
    case exec
    case sftp
    case scp
    case localForward = "local-forward"
    case remoteForward = "remote-forward"
    case agent
    case x11
    /// No channel: to be shown the account's password.
    case checkout
}
