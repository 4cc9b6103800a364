internal import CLibSSH

extension ClientLeg {
    /// Has the target listen: call again, with the same address, until it is not `wouldBlock`. One global request at
    /// a time: their answers carry no name.
    /// - returns: with `done`, the port that the target chose, if `port` is 0.
    public func listen(at address: [UInt8], port: UInt32) -> (progress: Progress, boundPort: UInt16) {
        var bound: CInt = 0
        let result = withCString(address) {
            ssh_channel_listen_forward(self.session, $0, CInt(truncatingIfNeeded: port), &bound)
        }
        return (self.progress(result), UInt16(clamping: port == 0 ? bound : CInt(truncatingIfNeeded: port)))
    }

    /// Has the target listen no longer; as ``listen(at:port:)``.
    public func cancelListening(at address: [UInt8], port: UInt32) -> Progress {
        withCString(address) {
            self.progress(ssh_channel_cancel_forward(self.session, $0, CInt(truncatingIfNeeded: port)))
        }
    }
}
