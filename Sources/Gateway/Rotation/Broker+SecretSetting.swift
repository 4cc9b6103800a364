import Platform
import SessionStore
import Vault
import WorkerProtocol

/// The first phase of a rotation: the target is told the new secret.
extension Broker {
    /// - returns: how it was done, in a word.
    /// - throws: ``RobotFailure``; whether it is set is then open, unless its kind is `program`.
    func set(_ rotation: StoredRotation, _ plan: RotationPlan) async throws(RobotFailure) -> String {
        let store = self.store
        let executor: TargetSecret
        do {
            let credential = try await self.questions.run {
                try store.credential(target: plan.executor.target, account: plan.executor.account)
            }
            guard let credential else {
                throw RobotFailure(.program, "there is no credential for \(plan.executor), which is to change it")
            }
            executor = try await self.credentials.secret(of: credential)
        } catch let failure as RobotFailure {
            throw failure
        } catch {
            throw RobotFailure(.program, "the credential of \(plan.executor) can't be had: \(error)")
        }
        let robot: RobotSession
        do {
            robot = try await self.openRobot(plan.executor, with: executor, for: .rotation)
        } catch {
            // Nothing was done to the target.
            throw RobotFailure(.program, "no login as \(plan.executor): \(error.cause)")
        }
        let method: String
        do {
            switch rotation.kind {
            case .privateKey: method = try await self.setKey(rotation, plan, on: robot)
            default: method = try await self.setPassword(rotation, plan, on: robot)
            }
        } catch {
            await self.close(robot)
            throw error
        }
        await self.close(robot)
        return method
    }

    // MARK: Keys

    private func setKey(
        _ rotation: StoredRotation, _ plan: RotationPlan, on robot: RobotSession
    ) async throws(RobotFailure) -> String {
        guard let new = rotation.publicKey, let old = plan.credential.publicKey else {
            throw RobotFailure(.program, "the stored key has no public half")
        }
        let result = try await self.run(AuthorizedKeysEdit.adding(new, besides: old, in: plan.keysFile), on: robot)
        let file = plan.keysFile ?? "~/.ssh/authorized_keys"
        switch result.outcome {
        case .exited(0): return "authorized_keys"
        case .exited(AuthorizedKeysEdit.noFile):
            throw RobotFailure(.program, "there is no file \(file): say where with credential schedule --keys-file")
        case .exited(AuthorizedKeysEdit.notFound):
            throw RobotFailure(
                .program, "the present key is in no line of \(file): say where with credential schedule --keys-file")
        // A program that was cut off may go on.
        case .lost, .tooLong: throw RobotFailure(.unknown, result.lastWords)
        case .exited, .signalled, .refused:
            throw RobotFailure(.program, "\(file) could not be changed: \(result.lastWords)")
        }
    }

    // MARK: Passwords

    /// Which way the executor may go: `root`, `sudo`, or nothing of both. Changes nothing.
    private static let waysQuestion = """
        if [ "$(id -u)" = 0 ]; then echo root; \
        elif command -v sudo >/dev/null 2>&1 && sudo -n -l chpasswd >/dev/null 2>&1; then echo sudo; \
        else echo self; fi
        """

    private func setPassword(
        _ rotation: StoredRotation, _ plan: RotationPlan, on robot: RobotSession
    ) async throws(RobotFailure) -> String {
        let new = try await self.candidate(of: rotation)
        let asked: ProgramResult
        do {
            asked = try await self.run(Self.waysQuestion, on: robot)
        } catch {
            throw RobotFailure(.program, error.cause)
        }
        let account = Array("\(plan.place.account):".utf8)
        let input: [ProgramInput] = [.plain(account), .secret(new), .plain([10])]
        let method: String
        let result: ProgramResult
        switch String(decoding: asked.output, as: UTF8.self).split(whereSeparator: \.isNewline).last {
        case "root":
            method = "chpasswd"
            result = try await self.run("PATH=\"$PATH:/usr/sbin:/sbin\" exec chpasswd", input: input, on: robot)
        case "sudo":
            method = "sudo chpasswd"
            result = try await self.run("exec sudo -n chpasswd", input: input, on: robot)
        default:
            guard plan.executor == plan.place else {
                throw RobotFailure(
                    .program, "\(plan.executor) is neither root nor allowed to run sudo -n chpasswd")
            }
            method = "passwd"
            let present = try await self.presentPassword(plan)
            result = try await self.run(
                "LC_ALL=C exec passwd", answering: PasswordDialogue(present: present, new: new), on: robot)
        }
        switch result.outcome {
        case .exited(0): return method
        case .lost, .tooLong: throw RobotFailure(.unknown, result.lastWords)
        case .exited, .signalled, .refused:
            throw RobotFailure(.program, "\(method) failed: \(result.lastWords)")
        }
    }

    private func candidate(of rotation: StoredRotation) async throws(RobotFailure) -> SecretBytes {
        let (vault, place) = (self.vault, rotation.place)
        do {
            return try await self.questions.run {
                try vault.openPassword(
                    rotation.sealed ?? [], for: .password(target: place.target, account: place.account))
            }
        } catch {
            throw RobotFailure(.program, "the new password can't be opened: \(error)")
        }
    }

    private func presentPassword(_ plan: RotationPlan) async throws(RobotFailure) -> SecretBytes? {
        let (vault, place, sealed) = (self.vault, plan.place, plan.credential.sealed)
        do {
            return try await self.questions.run {
                try vault.openPassword(sealed, for: .password(target: place.target, account: place.account))
            }
        } catch {
            throw RobotFailure(.program, "the present password can't be opened: \(error)")
        }
    }
}
