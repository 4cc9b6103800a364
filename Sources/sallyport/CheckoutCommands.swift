import AdminAPI
import ArgumentParser

struct CredentialCheckoutsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkouts",
        abstract: "List the passwords that people have.",
        discussion: """
            A user whose grant says --allow checkout is shown a password over SSH, with the factors of any login:
              ssh -t alice@gateway checkout web1/root --reason WHY --for 30m
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let checkouts: [CheckoutInfo] = try await self.root.client.get(AdminRoutes.checkouts.path())
        guard !self.output.json else { return try StandardOutput.json(checkouts) }
        var table = Table(
            .left("ACCOUNT"), .left("USER"), .left("FROM"), .left("SINCE"), .left("UNTIL"), .left("REASON"))
        for checkout in checkouts {
            table.add(
                "\(checkout.target)/\(checkout.account)", checkout.user, checkout.from, Display.time(checkout.began),
                checkout.returned ? "returned" : Display.time(checkout.until), checkout.reason)
        }
        table.write(none: "nobody has a password")
    }
}

struct CredentialCheckinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkin",
        abstract: "Take a password back that somebody has: the account gets a new one.",
        discussion: """
            Examples:
              sallyport credential checkin web1/root
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget

    func run() async throws {
        let (target, account) = (self.account.target, self.account.account)
        let result: CheckinResult = try await self.root.client.delete(
            AdminRoutes.credentialCheckout.path(target, account))
        guard !self.output.json else { return try StandardOutput.json(result) }
        StandardOutput.line(
            Printable.line(
                "\(target)/\(account) is taken back"
                    + (result.rotated ? " and has a new password" : "; its new password is still to come")))
    }
}
