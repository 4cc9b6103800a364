import AdminAPI
import Foundation
import GatewayConfiguration
import ServerRequests

/// Looks tickets up where they are kept, over HTTP. Free to use from any thread; no thread waits.
final class TicketDesk: Sendable {
    private let requests: ServerRequests
    private let url: String
    private let token: String?

    /// nil where tickets are not looked up.
    /// - throws: `GatewayError` for a token that can't be read.
    init?(_ configuration: GatewayConfiguration.Requests) throws {
        guard !configuration.ticketURL.isEmpty else { return nil }
        self.url = configuration.ticketURL
        if configuration.ticketTokenFile.isEmpty {
            self.token = nil
        } else {
            guard let text = try? String(contentsOfFile: configuration.ticketTokenFile, encoding: .utf8),
                case let token = text.trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty,
                token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else {
                throw GatewayError(
                    "requests.ticket_token_file: \(configuration.ticketTokenFile) holds no token that can be read")
            }
            self.token = token
        }
        self.requests = ServerRequests(
            caFile: configuration.ticketCAFile.isEmpty ? nil : configuration.ticketCAFile,
            timeoutSeconds: configuration.ticketSeconds)
    }

    func shutdown() async { await self.requests.shutdown() }

    /// Throws `AdminError` with a line for whoever asks unless the ticket is known; also when nobody can tell.
    func check(_ ticket: String) async throws {
        let address = self.url.replacingOccurrences(of: "{ticket}", with: PercentEncoding.encode(ticket))
        let status: Int
        do {
            status = try await self.requests.status(ofGetting: address, token: self.token)
        } catch {
            throw AdminError(.unavailable, "the ticket can't be looked up just now: \(error.words)")
        }
        switch status {
        case 200..<300: return
        case 404, 410: throw AdminError(.invalidInput, "there is no ticket \(ticket)")
        default: throw AdminError(.unavailable, "the ticket can't be looked up just now: HTTP status \(status)")
        }
    }
}
