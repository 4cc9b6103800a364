import AdminAPI
import Platform
import SessionStore
import Vault
import WorkerProtocol

extension GatewayAdministration {
    func setAnswer(
        _ request: SetAnswerRequest, target: String, account: String, by actor: AdminActor
    ) async throws -> CredentialInfo {
        let (store, vault) = (self.store, self.vault)
        return try await self.perform {
            try Self.check(request.question, for: request.kind)
            let secret = SecretBytes(copying: request.secret.bytes)
            let sealed: [UInt8]
            var details = ""
            switch request.kind {
            case .secret:
                guard (1...Self.maximumPasswordBytes).contains(secret.count) else {
                    throw AdminError(
                        .invalidInput, "the answer is empty or too long",
                        hint: "give 1 to \(Self.maximumPasswordBytes) bytes")
                }
                sealed = try vault.seal(
                    secret, for: .answer(target: target, account: account, question: request.question))
            case .totp:
                let codes = try OneTimeCodes(reading: secret)
                details = "\(codes.hash.rawValue), \(codes.digits) digits, \(codes.periodSeconds) s"
                sealed = try vault.sealCodes(
                    codes, for: .oneTimeCodes(target: target, account: account, question: request.question))
            }
            try store.setAnswer(
                target: target, account: account, question: request.question,
                kind: request.kind == .secret ? .secret : .totp, sealed: sealed, details: details, by: actor.name)
            return try Self.credential(target: target, account: account, in: store)
        }
    }

    func removeAnswer(question: String, target: String, account: String, by actor: AdminActor) async throws {
        let store = self.store
        try await self.perform {
            try store.removeAnswer(target: target, account: account, question: question, by: actor.name)
        }
    }

    private static func check(_ question: String, for kind: AnswerKind) throws {
        guard !question.isEmpty || kind == .totp else {
            throw AdminError(
                .invalidInput, "which question is answered is not said",
                hint: "give a pattern of it, such as \"*PIN*\"")
        }
        guard question.utf8.count <= PromptPattern.maximumBytes, question.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            throw AdminError(
                .invalidInput, "the pattern of the question is too long or not one line",
                hint: "give at most \(PromptPattern.maximumBytes) bytes, with * for anything")
        }
    }
}

extension AnswerInfo {
    init(_ answer: StoredAnswer) {
        let kind: AnswerKind =
            switch answer.kind {
            case .secret: .secret
            case .totp: .totp
            }
        self.init(
            question: answer.question, kind: kind, details: answer.details,
            changed: Timestamp(nanosecondsSince1970: answer.changedNanoseconds))
    }
}
