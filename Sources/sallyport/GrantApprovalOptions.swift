import AdminAPI
import ArgumentParser

/// That others have to approve what a grant opens.
struct GrantApprovalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("So many people have to approve before it opens anything: 1 to 10.", valueName: "number"))
    var approval: Int?
    @Option(help: ArgumentHelp("Groups whose members may approve.", valueName: "groups")) var approvers: [NameList] = []
    @Option(
        help: ArgumentHelp("Groups whose members may once a request has waited a while.", valueName: "groups"))
    var deputies: [NameList] = []
    @Option(help: ArgumentHelp("How long that while is; else 15m.", valueName: "time")) var deputiesAfter: Length?
    @Option(help: ArgumentHelp("How long a request waits; else 1h.", valueName: "time")) var approvalExpires: Length?
    @Option(help: ArgumentHelp("Longest access that may be asked for; else 8h.", valueName: "time"))
    var approvalLongest: Length?
    @Flag(help: "Requests need a reason.") var requireReason = false
    @Option(
        help: ArgumentHelp(
            "Requests need a ticket of this form, a regular expression for the whole of it.", valueName: "pattern"))
    var ticket: String?

    func validate() throws {
        let asksForMore =
            !self.deputies.isEmpty || self.deputiesAfter != nil || self.approvalExpires != nil
            || self.approvalLongest != nil || self.requireReason || self.ticket != nil
        if self.approval == nil, asksForMore || !self.approvers.isEmpty {
            throw ValidationError("say how many have to approve: --approval 1")
        }
        if self.approval != nil, self.approvers.isEmpty {
            throw ValidationError("say who may approve: --approvers GROUP")
        }
    }

    /// nil for a grant that permits by itself.
    var terms: ApprovalTerms? {
        self.approval.map { approvals in
            ApprovalTerms(
                approvals: approvals, approvers: self.approvers.flatMap(\.names),
                deputies: self.deputies.isEmpty ? nil : self.deputies.flatMap(\.names),
                deputySeconds: self.deputiesAfter?.seconds, waitSeconds: self.approvalExpires?.seconds,
                longestSeconds: self.approvalLongest?.seconds, requiresReason: self.requireReason ? true : nil,
                ticket: self.ticket)
        }
    }
}
