internal import CLibSSH

extension ClientLeg {
    /// Moves on the opening of a channel to an address that the target reaches.
    public func openDirectTCP(_ end: ChannelEnd, to address: ForwardAddress) -> Progress {
        withCString(address.host) { host in
            withCString(address.originHost) { origin in
                self.progress(
                    ssh_channel_open_forward(
                        end.channel, host, CInt(truncatingIfNeeded: address.port), origin,
                        CInt(truncatingIfNeeded: address.originPort)))
            }
        }
    }

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

    /// The next channel that the target opens by itself, or nil.
    public func nextRequest() -> TargetRequest? {
        while let message = ssh_message_get(self.session) {
            if let request = TargetRequest(QueuedMessage(message, of: self)) { return request }
        }
        return nil
    }
}

extension ServerLeg {
    /// Moves on the opening of a channel for a connection that the target accepted.
    public func openForwardedTCP(_ end: ChannelEnd, from address: ForwardAddress) -> Progress {
        withCString(address.host) { host in
            withCString(address.originHost) { origin in
                self.progress(
                    ssh_channel_open_reverse_forward(
                        end.channel, host, CInt(truncatingIfNeeded: address.port), origin,
                        CInt(truncatingIfNeeded: address.originPort)))
            }
        }
    }

    /// Moves on the opening of a channel to the client's display.
    public func openX11(_ end: ChannelEnd, from address: ForwardAddress) -> Progress {
        withCString(address.originHost) {
            self.progress(ssh_channel_open_x11(end.channel, $0, CInt(truncatingIfNeeded: address.originPort)))
        }
    }

    /// Moves on the opening of a channel to the client's agent.
    public func openAgent(_ end: ChannelEnd) -> Progress { self.progress(ssh_channel_open_auth_agent(end.channel)) }
}
