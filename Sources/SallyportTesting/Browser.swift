import Foundation

/// A real browser, driven by the programs of Tests/Browser.
public enum Browser {
    private static let python = Repository.root.appending(path: ".build/browser/bin/python").path

    public static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: self.python)
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
    }

    /// Runs `program` to its end and reads the JSON that it prints.
    public static func run<Answer: Decodable>(
        _ program: String, _ arguments: String..., as type: Answer.Type, in scratch: Scratch
    ) throws -> Answer {
        let script = Repository.root.appending(path: "Tests/Browser/\(program)").path
        let outcome = try SallyportTesting.run([self.python, script] + arguments, in: scratch, within: .seconds(120))
        guard outcome.code == 0 else { throw HarnessError("\(program): \(outcome.ending): \(outcome.errorText)") }
        return try JSONDecoder().decode(Answer.self, from: outcome.output)
    }
}
