/// What became of a client's request at the target.
enum RequestOutcome {
    case granted
    case refused
    /// The client wanted no reply (RFC 4254 section 6.5), so the target gave none: it may have granted the request, or not.
    case untold

    init(accepted: Bool, wantsReply: Bool) {
        self = accepted ? wantsReply ? .granted : .untold : .refused
    }
}
