import Platform
import Testing

@testable import Vault

@Suite("Secrets that the gateway makes")
struct NewSecretsTests {
    @Test("passwords have the length, nothing but the alphabet, each kind of its characters, and are never alike")
    func passwords() {
        let recipe = PasswordRecipe(length: 12, alphabet: "abcdefXYZ0123-=")
        var seen: Set<String> = []
        for _ in 0..<200 {
            let text = recipe.make().withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            #expect(text.count == 12 && text.allSatisfy(recipe.alphabet.contains))
            #expect(
                text.contains { $0.isLowercase } && text.contains { $0.isUppercase } && text.contains { $0.isNumber })
            #expect(text.contains("-") || text.contains("="))
            seen.insert(text)
        }
        #expect(seen.count == 200)
    }

    @Test("a kind that is not in the alphabet is not waited for")
    func oneKind() {
        #expect(PasswordRecipe(length: 8, alphabet: "abcdefghijklmnop").make().count == 8)
    }

    @Test("a new key is sealed for its account alone, and signs")
    func keys() throws {
        let vault = Vault(VaultKey.random())
        let (blob, key) = try vault.makePrivateKey(comment: "c", for: .privateKey(target: "web1", account: "root"))
        #expect(key.type == "ssh-ed25519")
        let identity = try vault.agentIdentity(blob, for: .privateKey(target: "web1", account: "root"))
        #expect(identity.publicKey.blob == key.blob)
        #expect(throws: VaultError.self) {
            try vault.agentIdentity(blob, for: .privateKey(target: "web1", account: "ops"))
        }
    }
}
