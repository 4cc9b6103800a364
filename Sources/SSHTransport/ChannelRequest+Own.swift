/// Requests that the gateway makes by itself, as the client of its own programs.
extension ChannelRequest {
    /// Has the account's shell run a command (RFC 4254 section 6.5).
    public static func exec(_ command: [UInt8]) -> ChannelRequest {
        var payload = PacketWriter()
        payload.string(command)
        return ChannelRequest(name: Array("exec".utf8), wantsReply: true, payload: payload.bytes, from: nil)
    }

    /// A terminal that echoes nothing (RFC 4254 sections 6.2 and 8): what is sent to it is not shown even before a
    /// program has turned the echo off by itself.
    public static func terminalWithoutEcho() -> ChannelRequest {
        var modes = PacketWriter()
        // ECHO, ECHONL: off.
        for opcode: UInt8 in [53, 56] {
            modes.append([opcode])
            modes.number(0)
        }
        modes.append([0])
        var payload = PacketWriter()
        payload.string(Array("dumb".utf8))
        for size: UInt32 in [200, 24, 0, 0] { payload.number(size) }
        payload.string(modes.bytes)
        return ChannelRequest(name: Array("pty-req".utf8), wantsReply: true, payload: payload.bytes, from: nil)
    }
}
