import AdminAPI
import ArgumentParser

/// `credential set`
struct CredentialSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set or replace the credential of an account on a target.",
        discussion: """
            With --ca each session gets a key and a certificate of its own, which are good for minutes. Targets trust
            the authority's key: put the printed line into the file that sshd's TrustedUserCAKeys names.

            Examples:
              sallyport credential set web1/root --key root_key
              sallyport credential set web1/root --ca --ca-name production --source-address outgoing
              sallyport credential set web1/root --bao linux/web1#root_password
              sallyport credential set web1/deploy --ca --ca-key old_ca --principal deployers --valid-minutes 2
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: ArgumentHelp("Where and as whom.", valueName: "target/account")) var account: AccountOnTarget
    @Option(help: ArgumentHelp("File with a private key.", valueName: "file")) var key: String?
    @Flag(help: "Read the private key's passphrase from standard input; without it a terminal is asked.")
    var passphraseStdin = false
    @Flag(help: "Read a password from standard input.") var passwordStdin = false
    @Flag(help: "Log in with certificates that the gateway signs for each session.") var ca = false
    @Option(
        help: ArgumentHelp(
            "Where the OpenBao server of sallyport.toml keeps the password or private key.", valueName: "path[#field]"))
    var bao: String?
    @Option(
        help: ArgumentHelp(
            "Log in with certificates that this role of the OpenBao server's SSH engine signs.", valueName: "role"))
    var baoSsh: String?
    @OptionGroup(title: "With --ca") var certificates: CertificateArguments

    func validate() throws {
        let ways = [self.passwordStdin, self.key != nil, self.ca, self.bao != nil, self.baoSsh != nil]
        guard ways.count(where: { $0 }) == 1 else {
            throw ValidationError("give one of --key FILE, --password-stdin, --ca, --bao PATH and --bao-ssh ROLE")
        }
        guard self.baoSsh == nil || (self.certificates.caName == nil && self.certificates.caKey == nil) else {
            throw ValidationError("--ca-name and --ca-key belong to --ca")
        }
        guard self.ca || self.baoSsh != nil || !self.certificates.areGiven else {
            throw ValidationError("--ca-name, --ca-key, --principal, --valid-minutes, --source-address belong to --ca")
        }
        guard !self.passphraseStdin || self.keyFile != nil else {
            throw ValidationError("--passphrase-stdin belongs to --key FILE or --ca-key FILE")
        }
    }

    /// The file of the private key that is sent.
    private var keyFile: String? { self.ca ? self.certificates.caKey : self.key }

    func run() async throws {
        let secret: SecretField
        if let file = self.keyFile {
            secret = SecretField(try Inputs.file(file, limit: 64 * 1024))
        } else {
            secret = self.passwordStdin ? try Inputs.password() : SecretField([])
        }
        let request = SetCredentialRequest(
            target: self.account.target, account: self.account.account,
            kind: self.kind, secret: secret, passphrase: self.passphraseStdin ? try Inputs.passphrase() : nil,
            certificate: self.options, place: self.bao)
        let credential = try await self.root.client.sendingKey(request, file: self.keyFile)
        guard !self.output.json else { return try StandardOutput.json(credential) }
        self.report(credential)
    }

    private var kind: CredentialKind {
        if self.ca { return .certificate }
        if self.bao != nil { return .baoPassword }
        if self.baoSsh != nil { return .baoCertificate }
        return self.key == nil ? .password : .privateKey
    }

    private var options: CertificateOptions? {
        guard self.ca || self.baoSsh != nil else { return nil }
        var options = self.certificates.options
        if let baoSsh = self.baoSsh { options.authority = baoSsh }
        return options
    }

    private func report(_ credential: CredentialInfo) {
        let place = "\(credential.target)/\(credential.account)"
        let key = credential.publicKey.map { ", \($0.type) \($0.fingerprint)" } ?? ""
        guard let certificate = credential.certificate, let trusted = credential.publicKey else {
            return StandardOutput.line(Printable.line("set the \(credential.kind.words) of \(place)\(key)"))
        }
        StandardOutput.line(Printable.line("set \(place) to certificates of authority \(certificate.authority)\(key)"))
        StandardOutput.line("the target must trust it: put this line into the file that its TrustedUserCAKeys names")
        StandardOutput.line(Printable.line(trusted.line))
    }
}

/// How certificates for an account are made.
struct CertificateArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Name of the authority, made when there is none (default: \(CertificateOptions.defaultAuthority)).",
            valueName: "name"))
    var caName: String?
    @Option(help: ArgumentHelp("File with the private key of an authority, to be imported.", valueName: "file"))
    var caKey: String?
    @Option(
        help: ArgumentHelp(
            "Whom the certificates are good for; may be repeated (default: the account).", valueName: "name"))
    var principal: [String] = []
    @Option(
        help: ArgumentHelp(
            "How long they are valid (default: \(CertificateOptions.defaultValidMinutes)).", valueName: "minutes"))
    var validMinutes: Int?
    @Option(
        help: ArgumentHelp(
            "Where they may be used from: anywhere, outgoing (the gateway's own address), or networks with commas "
                + "(default: anywhere).", valueName: "where"))
    var sourceAddress: String?

    var areGiven: Bool {
        self.caName != nil || self.caKey != nil || !self.principal.isEmpty || self.validMinutes != nil
            || self.sourceAddress != nil
    }

    var options: CertificateOptions {
        var options = CertificateOptions(principals: self.principal)
        if let caName = self.caName { options.authority = caName }
        if let validMinutes = self.validMinutes { options.validMinutes = validMinutes }
        if let sourceAddress = self.sourceAddress { options.source = sourceAddress }
        return options
    }
}

extension ControlClient {
    /// Sends the request, and asks on the terminal for a passphrase if the gateway finds that the key of `file` has one.
    fileprivate func sendingKey(_ request: SetCredentialRequest, file: String?) async throws -> CredentialInfo {
        do {
            return try await self.send(.POST, AdminRoutes.credentials.path(), request)
        } catch let failure as CommandFailure where failure.code == .passphraseNeeded {
            guard let file, let passphrase = try Inputs.passphraseOnTerminal(of: file) else { throw failure }
            var request = request
            request.passphrase = passphrase
            return try await self.send(.POST, AdminRoutes.credentials.path(), request)
        }
    }
}
