import AccessPolicy

/// How one gateway runs: `sallyport.toml` with every default filled in. All paths are absolute.
public struct GatewayConfiguration: Hashable, Sendable {
    /// Where SSH clients are accepted.
    public var listen: NetworkAddress
    /// Holds the database, the keys and the control socket.
    public var stateDirectory: String
    /// Holds the session files, by day.
    public var recordingsDirectory: String
    /// The worker's executable; nil means `sallyport-session` beside `sallyportd`.
    public var worker: String?
    /// The unprivileged account that workers become when the gateway was started as root.
    public var workerUser: String
    /// Shown to clients before they sign in; empty shows nothing.
    public var banner: String
    /// The kinds of host key that clients are offered; at least one.
    public var hostKeys: [HostKeyKind]
    /// Time to sign in, in seconds.
    public var loginGraceSeconds: Int
    /// Passwords that a client may try on one connection.
    public var maximumAuthenticationAttempts: Int
    /// Time to connect to a target, in seconds.
    public var targetConnectSeconds: Int
    /// Ended recordings are read to make them searchable, which puts their text into the database.
    public var searchIndex: Bool
    /// Who else may read recordings: recipients in their text form, or absolute paths of files that hold one.
    public var recordingRecipients: [String]
    /// Who alone may read what is typed, in the same form; empty if that goes with the rest.
    public var inputRecipients: [String]
    /// The gateway can read the recordings it makes, with its archive key.
    public var recordsForArchiveKey: Bool
    /// How long recordings are kept that no rule is about, from a session's end on; nil for ever.
    public var keepSeconds: Int? = nil
    /// What logins have to prove where neither user nor group says: combinations such as `publickey+totp`.
    public var loginRequirement: [String]
    /// An OpenSSH key revocation list, or a text with a key a line, for keys and certificates of users; nil for none.
    public var revokedKeys: String?
    /// A certificate of a user counts when its owner logs in, and ends nothing when it expires.
    public var sessionsOutliveCertificates = false
    /// Where connections begin with a PROXY protocol header, whose source address is the client's.
    public var trustedProxies: [IPNetwork]
    public var logLevel: LogLevel
    /// Who gets every row of the audit log.
    public var auditSyslog: [SyslogDestination]
    public var auditWebhooks: [WebhookDestination]
    public var limits: ConnectionLimits
    public var bao: Bao
    public var rotation: Rotation
    public var ldap = LDAP()
    public var oidc = OIDC()
    public var api = API()
    public var console = Console()
    public var requests = Requests()
    public var logFormat = LogFormat.text

    /// How secrets of targets are changed, and how long former ones are kept.
    public struct Rotation: Hashable, Sendable {
        /// Of new passwords, in characters.
        public var passwordLength = 32
        /// What they are made of: ASCII.
        public var passwordAlphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+=,@%/"
        /// Most former secrets of an account that are kept.
        public var historyVersions = 5
        /// How long, in days.
        public var historyDays = 90
        /// How long one session of the gateway's own may take, in seconds.
        public var timeoutSeconds = 60
        /// How often schedules, and what could not be settled, are looked at, in seconds.
        public var checkSeconds = 60
        /// Longest time for which a password is checked out, in seconds.
        public var checkoutSeconds = 28_800
    }

    /// An OpenBao or HashiCorp Vault server that keeps secrets for the gateway.
    public struct Bao: Hashable, Sendable {
        /// `https://host:port`; empty for none.
        public var address = ""
        /// Empty for the system's authorities.
        public var caFile = ""
        public var namespace = ""
        /// Either a file with a token, or an AppRole with a file that holds its secret id.
        public var tokenFile = ""
        public var roleID = ""
        public var secretIDFile = ""
        public var appRoleMount = "approle"
        public var kvMount = "secret"
        public var sshMount = "ssh"
        public var timeoutSeconds = 10
    }

    /// How many connections there may be at once.
    public struct ConnectionLimits: Hashable, Sendable {
        public var total: Int
        /// From one source address.
        public var perSource: Int
        /// That have not signed in yet.
        public var unauthenticated: Int
        /// How long a menu, or a question of a target, may wait for a key, in seconds.
        public var answerSeconds = 300
    }

    public enum HostKeyKind: String, CaseIterable, Hashable, Sendable {
        case ed25519, ecdsa, rsa
    }

    public enum LogLevel: String, CaseIterable, Hashable, Sendable {
        case trace, debug, info, notice, warning, error
    }

    /// How messages are written on standard error.
    public enum LogFormat: String, CaseIterable, Hashable, Sendable {
        /// For people.
        case text
        /// An object a line.
        case json
        /// With the priorities of systemd's journal.
        case journald
    }

    /// The defaults of a gateway whose configuration lies in `folder`, an absolute path.
    public init(folder: String) {
        self.listen = NetworkAddress(host: "0.0.0.0", port: 2222)
        self.stateDirectory = folder
        self.recordingsDirectory = AbsolutePath.join(folder, "recordings")
        self.worker = nil
        self.workerUser = "nobody"
        self.banner = ""
        self.hostKeys = HostKeyKind.allCases
        self.loginGraceSeconds = 60
        self.maximumAuthenticationAttempts = 3
        self.targetConnectSeconds = 10
        self.searchIndex = true
        self.recordingRecipients = []
        self.inputRecipients = []
        self.recordsForArchiveKey = true
        self.revokedKeys = nil
        self.trustedProxies = []
        self.loginRequirement = ["publickey", "password"]
        self.logLevel = .info
        self.auditSyslog = []
        self.auditWebhooks = []
        self.limits = ConnectionLimits(total: 4096, perSource: 2048, unauthenticated: 256)
        self.bao = Bao()
        self.rotation = Rotation()
    }

    /// `state/sallyport.db`
    public var databasePath: String { AbsolutePath.join(self.stateDirectory, "sallyport.db") }
    /// `state/keys`
    public var keysDirectory: String { AbsolutePath.join(self.stateDirectory, "keys") }
    /// `state/control.sock`
    public var controlSocketPath: String { AbsolutePath.join(self.stateDirectory, "control.sock") }
}

/// A file or value that can't be used; `message` is one line that names the place and what to do.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { self.message }
}
