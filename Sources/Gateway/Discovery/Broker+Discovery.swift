import AdminAPI
import AuditLog
import SessionStore

extension Broker {
    /// What the account can see of the accounts of its target, in a session of the gateway's own.
    /// - throws: `AdminError`.
    func discover(target: String, account: String, by actor: String) async throws -> AccountDiscovery {
        let place = AccountPlace(target: target, account: account)
        let store = self.store
        let credential = try await self.questions.run {
            guard let credential = try store.credential(target: target, account: account) else {
                throw AdminError(.notFound, "there is no credential for \(place)")
            }
            return credential
        }
        let result: ProgramResult
        do {
            let robot = try await self.openRobot(
                place, with: try await self.credentials.secret(of: credential), for: .discovery)
            do {
                result = try await self.run(DiscoveryProgram.command, on: robot)
            } catch {
                await self.close(robot)
                throw error
            }
            await self.close(robot)
        } catch {
            throw AdminError(.failed, "\(place) could not look around: \(error)")
        }
        guard result.isSuccess else {
            throw AdminError(.failed, "\(place) could not look around: \(result.lastWords)")
        }
        let managed = try await self.questions.run { try store.credentials().filter { $0.target == target } }
        let discovery = DiscoveryReport(result.output).discovery(target: target, account: account, managed: managed)
        self.audit(
            .accountsDiscovered(
                target: target, account: account, accounts: discovery.accounts.count,
                privileged: discovery.unmanagedPrivileged), actor: actor)
        return discovery
    }
}
