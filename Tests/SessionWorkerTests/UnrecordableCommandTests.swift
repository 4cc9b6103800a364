import Testing

@testable import SessionWorker

@Suite("commands that leave SSH")
struct UnrecordableCommandTests {
    @Test(
        "mosh is refused however its server is named",
        arguments: [
            "mosh-server new -s -c 256 -l LANG=en_US.UTF-8", "'mosh-server' 'new' '-c' '8'", "/usr/bin/mosh-server new",
            "LC_ALL=C mosh-server", "mosh-server",
        ])
    func refused(command: String) {
        #expect(UnrecordableCommand.refusal(of: Array(command.utf8))?.contains("mosh") == true)
    }

    @Test(
        "other commands are not",
        arguments: ["", " ", "echo mosh-server", "mosh-servers", "cat /etc/mosh-server/x", "A=1", "ls"])
    func others(command: String) {
        #expect(UnrecordableCommand.refusal(of: Array(command.utf8)) == nil)
    }
}
