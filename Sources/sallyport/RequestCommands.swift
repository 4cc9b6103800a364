import AdminAPI
import ArgumentParser

struct RequestCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Requests for access that others have to approve.",
        discussion: """
            People file and decide requests over SSH, with the factors of any login:
              ssh alice@gateway request create root@web1 --reason "disk full" --for 30m
              ssh carol@gateway request approve 17 --text "go ahead"

            Examples:
              sallyport request list
              sallyport request deny 17 --text "not today"
              sallyport request revoke 17 --text "done"
            """,
        subcommands: [
            RequestCreateCommand.self, RequestListCommand.self, RequestShowCommand.self, RequestApproveCommand.self,
            RequestDenyCommand.self, RequestRevokeCommand.self,
        ])
}

struct RequestCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "File a request for a user, on the operator's word; audited as that.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
    @Option(help: "Whose access it is about.") var user: String
    @Option(help: ArgumentHelp("Why.", valueName: "text")) var reason = ""
    @Option(help: ArgumentHelp("The ticket that it is about.", valueName: "ticket")) var ticket: String?
    @Option(name: .customLong("for"), help: ArgumentHelp("For how long, such as 30m.", valueName: "time"))
    var length: Length?
    @Option(help: "By this grant; else that which needs the fewest approvals.") var grant: String?

    func run() async throws {
        let request: RequestInfo = try await self.root.client.send(
            .POST, AdminRoutes.requests.path(),
            CreateRequestRequest(
                user: self.user, account: self.account.account, target: self.account.target, grant: self.grant,
                seconds: self.length?.seconds, reason: self.reason, ticket: self.ticket))
        guard !self.output.json else { return try StandardOutput.json(request) }
        StandardOutput.line(
            Printable.line("request \(request.id) waits for \(request.quorum ?? "nobody")"))
    }
}

struct RequestListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List requests that wait or permit now, newest first.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Flag(help: "Those that are over, too.") var all = false

    func run() async throws {
        let requests: [RequestInfo] = try await self.root.client.get(
            AdminRoutes.requests.path(query: self.all ? [("all", "true")] : []))
        guard !self.output.json else { return try StandardOutput.json(requests) }
        var table = Table(
            .right("ID"), .left("STATE"), .left("USER"), .left("ACCOUNT"), .left("TARGET"), .left("GRANT"),
            .left("NEEDS"), .left("APPROVED BY"), .left("FILED"), .left("UNTIL"), .left("TICKET"), .left("REASON"))
        for request in requests {
            table.add(
                "\(request.id)", request.state, request.user, request.account, request.target, request.grant,
                request.quorum ?? "-", Display.list(request.approvals.map(\.approver)), Display.time(request.filed),
                Display.time(request.until ?? request.waitsUntil), request.ticket ?? "-",
                request.reason.isEmpty ? "-" : request.reason)
        }
        table.write(none: "no requests")
    }
}

struct RequestShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a request.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Number of the request.") var id: Int64

    func run() async throws {
        let request: RequestInfo = try await self.root.client.get(AdminRoutes.request.path("\(self.id)"))
        guard !self.output.json else { return try StandardOutput.json(request) }
        var details = Details()
        details.add("request", "\(request.id)")
        details.add("state", request.state + (request.permits ? ", permits now" : ""))
        details.add("user", request.user)
        details.add("access", "\(request.account)@\(request.target) by \(request.grant)")
        details.add("for", "\(request.seconds) s")
        details.add("reason", request.reason.isEmpty ? "-" : request.reason)
        details.add("ticket", request.ticket ?? "-")
        details.add("filed", "\(Display.time(request.filed)) by \(request.filedBy) from \(request.from)")
        details.add("waits until", Display.time(request.waitsUntil))
        details.add("needs", request.quorum ?? "-")
        for approval in request.approvals {
            let text = approval.text.map { ": \($0)" } ?? ""
            details.add("approved", "\(Display.time(approval.time)) by \(approval.approver)\(text)")
        }
        let isTold = request.state == "approved" && request.approvals.last?.approver == request.decidedBy
        if let decided = request.decided, !isTold {
            let text = request.decisionText.map { ": \($0)" } ?? ""
            details.add(request.state, "\(Display.time(decided)) by \(request.decidedBy ?? "-")\(text)")
        }
        if let until = request.until { details.add("until", Display.time(until)) }
        details.write()
    }
}

struct RequestApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Let a request pass as the gateway's operator, without its approvers.",
        discussion: """
            Approvals are people's own, proved by their factors: ssh carol@gateway request approve 17. What is done here \
            is the operator's word, with a reason, and a warning in the audit log (SP3108W).
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Number of the request.") var id: Int64
    @Flag(help: "In the place of those who have to approve.") var override = false
    @Option(help: ArgumentHelp("Why; an override needs it.", valueName: "text")) var text: String?

    func run() async throws {
        let request: RequestInfo = try await self.root.client.send(
            .POST, AdminRoutes.requestApproval.path("\(self.id)"),
            DecideRequestRequest(text: self.text, override: self.override ? true : nil))
        try self.output.print(request)
    }
}

struct RequestDenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "deny", abstract: "Deny a request that waits.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Number of the request.") var id: Int64
    @Option(help: ArgumentHelp("Why; the user is told.", valueName: "text")) var text: String?

    func run() async throws {
        let request: RequestInfo = try await self.root.client.send(
            .POST, AdminRoutes.requestDenial.path("\(self.id)"), DecideRequestRequest(text: self.text))
        try self.output.print(request)
    }
}

struct RequestRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take approved access back; sessions that it permitted end at once.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Number of the request.") var id: Int64
    @Option(help: ArgumentHelp("Why.", valueName: "text")) var text: String?

    func run() async throws {
        let request: RequestInfo = try await self.root.client.send(
            .POST, AdminRoutes.requestRevocation.path("\(self.id)"), DecideRequestRequest(text: self.text))
        try self.output.print(request)
    }
}

extension OutputOptions {
    fileprivate func print(_ request: RequestInfo) throws {
        guard !self.json else { return try StandardOutput.json(request) }
        let end = request.until.map { " until \(Display.time($0))" } ?? ""
        StandardOutput.line(Printable.line("request \(request.id) is \(request.state)\(end)"))
    }
}
