import AccessPolicy
import AdminAPI
import Testing

@testable import Gateway

@Suite("documents with approvals and emergencies")
struct ApprovalDocumentTests {
    private let fixture: AdministrationFixture

    init() throws { self.fixture = try AdministrationFixture() }

    private func document(_ approval: ApprovalTerms?, _ glass: BreakGlassTerms? = nil) -> AccessDocument {
        let entry = AccessDocument.GrantEntry(
            GrantInfo(
                name: "", users: ["alice"], targets: ["web1"], accounts: ["root"], allow: ["shell"],
                terms: GrantTerms(approval: approval, breakGlass: glass), added: Timestamp(nanosecondsSince1970: 0)))
        return AccessDocument(
            users: ["alice": .init(keys: [.init(key: AdministrationFixture.ed25519Line)])],
            groups: ["leads": .init(members: []), "juniors": .init(members: [])],
            targets: ["web1": .init(address: "10.0.0.5:22", hostKeys: [AdministrationFixture.ed25519Line])],
            grants: ["g": entry])
    }

    private func apply(_ document: AccessDocument) async throws -> [String] {
        try await self.fixture.service.apply(
            ApplyRequest(document: document, prune: true, dryRun: false), by: self.fixture.actor
        ).plan
    }

    @Test("they are applied once, exported as they are, and a change is named")
    func roundTrip() async throws {
        let terms = ApprovalTerms(
            approvals: 2, approvers: ["leads"], deputies: ["juniors"], deputySeconds: 60, waitSeconds: 600,
            longestSeconds: 7200, requiresReason: true, ticket: "OPS-[0-9]+")
        #expect(try await self.apply(self.document(terms)).contains("add grant g"))
        #expect(try await self.apply(self.document(terms)) == [])
        let exported = try await self.fixture.service.exportDocument(by: self.fixture.actor)
        #expect(exported.grants?["g"]?.approval == terms)
        #expect(try await self.apply(exported) == [])
        var other = terms
        other.approvals = 1
        #expect(try await self.apply(self.document(other)) == ["change grant g: approval"])
        let glass = BreakGlassTerms(seconds: 600, reviewers: ["leads"])
        #expect(try await self.apply(self.document(nil, glass)) == ["change grant g: approval, break_glass"])
        let after = try await self.fixture.service.exportDocument(by: self.fixture.actor)
        #expect(after.grants?["g"]?.breakGlass == glass && after.grants?["g"]?.approval == nil)
        let summary = try await self.fixture.service.listGrants(by: self.fixture.actor).first?.summary
        #expect(summary == ["in an emergency, for 10 min", "reviewed by 2 of leads"])
    }

    @Test("rules that can't be, groups that are not there, and both at once are refused, and change nothing")
    func mistakes() async throws {
        for (approval, glass) in [
            (ApprovalTerms(approvals: 0, approvers: ["leads"]), nil), (ApprovalTerms(approvals: 1, approvers: []), nil),
            (ApprovalTerms(approvals: 1, approvers: ["nobody"]), nil),
            (ApprovalTerms(approvals: 1, approvers: ["leads"], ticket: "("), nil),
            (nil, BreakGlassTerms(reviewers: [])), (nil, BreakGlassTerms(seconds: 1, reviewers: ["leads"])),
            (ApprovalTerms(approvals: 1, approvers: ["leads"]), BreakGlassTerms(reviewers: ["leads"])),
        ] as [(ApprovalTerms?, BreakGlassTerms?)] {
            await #expect(throws: AdminError.self, "\(String(describing: approval))") {
                try await self.apply(self.document(approval, glass))
            }
            #expect(try self.fixture.store.grants().isEmpty)
        }
    }
}
