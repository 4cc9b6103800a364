import ArgumentParser
import Glibc

@main
enum Main {
    static func main() async {
        do {
            var command = try Sallyport.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(Ending(of: error).report())
        }
    }
}
