import ArgumentParser
import Glibc
import Playback
import RecordingFormat

struct RecordingIndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Make a session file quick to seek in.",
        discussion: """
            Reads the file and writes ID.spx beside it, which holds screens of many moments, as encrypted as the
            recording is. A gateway makes (and signs) one by itself for each large recording that it can read. The
            player uses an index without a signature where the gateway's key isn't known, or with --unsigned-index.

            Example:
              sallyport recording index session.spr --identity auditor.key
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var argument: RecordingArgument
    @OptionGroup var decryption: DecryptionOptions

    func run() async throws {
        guard case .file(let path) = self.argument.recording else {
            throw CommandFailure(
                "\(self.argument.recording.name) is an id, and an index is made for a session file",
                hint: "the gateway makes the indexes of its own recordings", status: .usage)
        }
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        let (file, keys) = try await loader.openedFile(path, .replay)
        let maker = ReelIndexMaker(keys: keys, file: file.read, limits: .init(leastCost: 0, mostCost: .max))
        while try maker.next() != nil {}
        guard let offset = try FrameMap(file.read).seal,
            let recording = try SealedRecording(file.read, sealOffset: offset)
        else {
            throw CommandFailure("\(path) is not sealed, and has no index before", status: .failed)
        }
        guard let content = maker.finish(end: recording.length),
            let index = try SealedIndex.seal(content, of: recording, keys: keys, sign: nil)
        else {
            throw CommandFailure(
                "\(path) can't be read as a whole, or is too large for an index",
                hint: "see sallyport recording verify")
        }
        let name = SealedIndex.path(of: path)
        let draft = name + ".new"
        let output = try ExportFile.create(draft)
        do {
            try output.write(index)
            try output.finish()
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, name) == 0 else {
            throw CommandFailure("cannot write \(name): \(String(cString: strerror(errno)).lowercased())")
        }
        StandardOutput.line("\(name): \(Display.size(UInt64(index.count)))")
    }
}
