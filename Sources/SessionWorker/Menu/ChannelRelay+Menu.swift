import SSHTransport

extension ChannelRelay {
    /// The size of the terminal on which the client waits for a shell; nil when a menu can't be shown there.
    var menuSize: (columns: UInt32, rows: UInt32)? {
        var size: (columns: UInt32, rows: UInt32)?
        var hasShell = false
        for request in self.requests.waiting {
            switch request.kind {
            case .pty(let terminal, let columns, let rows, _, _, _):
                guard !terminal.isEmpty, terminal != Array("dumb".utf8) else { return nil }
                size = (columns, rows)
            case .windowChange(let columns, let rows, _, _): if size != nil { size = (columns, rows) }
            case .shell: hasShell = true
            case .exec, .subsystem: return nil
            case .environment, .signal, .breakSignal, .agentForwarding, .x11, .other, .malformed: break
            }
        }
        return hasShell ? size : nil
    }
}
