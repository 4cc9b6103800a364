import ArgumentParser
import Glibc

/// A recording on the command line: the id of one that a gateway holds, or a session file.
enum RecordingReference: ExpressibleByArgument {
    case id(String)
    case file(String)

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        let isFile = argument.contains("/") || argument.hasSuffix(".spr") || access(argument, F_OK) == 0
        self = isFile ? .file(argument) : .id(argument)
    }

    /// As the user wrote it.
    var name: String {
        switch self {
        case .id(let name), .file(let name): name
        }
    }

    /// The id by which the gateway that made it knows it: session files are named by their ids.
    var id: String {
        switch self {
        case .id(let id): return id
        case .file(let path):
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return name.hasSuffix(".spr") ? String(name.dropLast(4)) : name
        }
    }
}

/// The recording that a command is about.
struct RecordingArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("Id of a recording, or a session file.", valueName: "id|file.spr"))
    var recording: RecordingReference

    @Option(
        help: ArgumentHelp(
            "For a file: the key that its gateway signs with (default: keys/recording_signing.pub of the state).",
            valueName: "file"))
    var publicKey: String?
}

/// How the content of a file is decrypted.
struct DecryptionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "For a file: a recipient's identity (SPR-IDENTITY-1...) to decrypt it with; else the gateway is asked. "
                + "Give it twice where what was typed is for others than the rest.",
            valueName: "file"))
    var identity: [String] = []
}
