import TOMLKit

/// One key of the configuration file: its name, how a value is taken over, and how it is explained.
struct Setting {
    /// Dotted, such as `limits.total`.
    let name: String
    /// One line for the comment in a new file.
    let explanation: String
    /// Says what is wrong with the value, or nothing.
    let apply: (inout GatewayConfiguration, any TOMLValueConvertible, _ folder: String) -> Complaint?

    /// What a value should have been, such as `a whole number from 1 to 86400`.
    struct Complaint {
        let expected: String
    }
}

extension Setting {
    // Computed, since closures over inout values are not Sendable; read once per file.
    static var all: [Setting] {
        [
            Setting(name: "listen", explanation: "where SSH clients are accepted") { configuration, value, _ in
                guard let address = value.string.flatMap({ NetworkAddress($0) }) else {
                    return Complaint(expected: "an address such as \"0.0.0.0:2222\" or \"[::]:2222\"")
                }
                configuration.listen = address
                return nil
            },
            path("state", "folder of the database, the keys and the control socket", \.stateDirectory),
            path("recordings", "folder of the session files", \.recordingsDirectory),
            Setting(
                name: "worker", explanation: "the worker's executable, when it is not beside sallyportd"
            ) { configuration, value, folder in
                guard let path = value.string, !path.isEmpty else { return Complaint(expected: "a path in quotes") }
                configuration.worker = AbsolutePath.join(folder, path)
                return nil
            },
            text("worker_user", "the account that workers become when started as root", 1...256, \.workerUser),
            text("banner", "shown before sign-in", 0...16_384, \.banner),
            Setting(name: "host_keys", explanation: "kinds of host key to offer") { configuration, value, _ in
                let kinds = value.array?.map { $0.string.flatMap(GatewayConfiguration.HostKeyKind.init(rawValue:)) }
                guard let kinds, !kinds.isEmpty, !kinds.contains(nil) else {
                    let all = GatewayConfiguration.HostKeyKind.allCases.map { "\"\($0.rawValue)\"" }
                    return Complaint(expected: "a list of some of \(all.joined(separator: ", "))")
                }
                configuration.hostKeys = kinds.compactMap { $0 }
                return nil
            },
            number("login_grace_seconds", "time to sign in", 1...86_400, \.loginGraceSeconds),
            number(
                "max_auth_tries", "passwords that one connection may try", 1...100, \.maximumAuthenticationAttempts),
            number("target_connect_seconds", "time to connect to a target", 1...3600, \.targetConnectSeconds),
            Setting(
                name: "search_index", explanation: "keep the text of ended recordings in the database, for searching"
            ) { configuration, value, _ in
                guard let isOn = value.bool else { return Complaint(expected: "true or false") }
                configuration.searchIndex = isOn
                return nil
            },
            Setting(
                name: "log_level",
                explanation: GatewayConfiguration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            ) { configuration, value, _ in
                guard let level = value.string.flatMap({ GatewayConfiguration.LogLevel(rawValue: $0) }) else {
                    let levels = GatewayConfiguration.LogLevel.allCases.map { "\"\($0.rawValue)\"" }
                    return Complaint(expected: "one of \(levels.joined(separator: ", "))")
                }
                configuration.logLevel = level
                return nil
            },
            recipients(
                "recording.recipients", "who else may read recordings: recipients, or files of one",
                \.recordingRecipients),
            recipients(
                "recording.input_recipients", "who alone may read what is typed; [] for all who may read the rest",
                \.inputRecipients),
            Setting(
                name: "recording.archive_key", explanation: "the gateway itself can read what it records"
            ) { configuration, value, _ in
                guard let isOn = value.bool else { return Complaint(expected: "true or false") }
                configuration.recordsForArchiveKey = isOn
                return nil
            },
            Self.keep,
            Self.syslogReceivers,
            Self.webhookReceivers,
            Setting(
                name: "identity.require",
                explanation: "what logins have to prove where user and groups say nothing, such as \"publickey+totp\""
            ) { configuration, value, _ in
                let words = value.array?.map { $0.string ?? "" }
                guard let words, !words.isEmpty, words.allSatisfy({ !$0.isEmpty }) else {
                    return Complaint(
                        expected: "a list of combinations of publickey, password, totp, oidc, each in quotes")
                }
                configuration.loginRequirement = words
                return nil
            },
            Setting(
                name: "identity.revoked_keys",
                explanation:
                    "revoked keys: an OpenSSH KRL, or a key a line; while it can't be read, no key lets anybody in"
            ) { configuration, value, folder in
                guard let path = value.string, !path.isEmpty else { return Complaint(expected: "a path in quotes") }
                configuration.revokedKeys = AbsolutePath.join(folder, path)
                return nil
            },
            Setting(
                name: "identity.sessions_outlive_certificates",
                explanation: "what a user's certificate has let in goes on when the certificate expires"
            ) { configuration, value, _ in
                guard let isOn = value.bool else { return Complaint(expected: "true or false") }
                configuration.sessionsOutliveCertificates = isOn
                return nil
            },
            Self.trustedProxies,
            text("bao.address", "an OpenBao or Vault server, such as https://bao:8200", 0...512, \.bao.address),
            path("bao.ca_file", "what its certificate must come from, in place of the system's", \.bao.caFile),
            text("bao.namespace", "its namespace", 0...256, \.bao.namespace),
            path("bao.token_file", "a file that holds a token for it", \.bao.tokenFile),
            text("bao.role_id", "in place of a token: the id of an AppRole", 0...256, \.bao.roleID),
            path("bao.secret_id_file", "a file that holds the AppRole's secret id", \.bao.secretIDFile),
            text("bao.approle_mount", "where AppRole is mounted", 1...256, \.bao.appRoleMount),
            text("bao.kv_mount", "where the KV engine (version 2) is mounted", 1...256, \.bao.kvMount),
            text("bao.ssh_mount", "where the SSH engine is mounted", 1...256, \.bao.sshMount),
            number("bao.timeout_seconds", "time for one request to it", 1...300, \.bao.timeoutSeconds),
            number(
                "rotation.password_length", "of passwords that the gateway makes", 12...256, \.rotation.passwordLength),
            Setting(
                name: "rotation.password_alphabet", explanation: "the characters that they are made of"
            ) { configuration, value, _ in
                guard let text = value.string, (16...94).contains(text.utf8.count),
                    text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }),
                    Set(text.utf8).count == text.utf8.count
                else { return Complaint(expected: "16 to 94 different ASCII characters, without space and colon") }
                configuration.rotation.passwordAlphabet = text
                return nil
            },
            number(
                "rotation.history_versions", "former secrets of an account that are kept", 0...1000,
                \.rotation.historyVersions),
            number("rotation.history_days", "how long they are kept", 0...36_500, \.rotation.historyDays),
            number(
                "rotation.timeout_seconds", "time for one session of the gateway's own on a target", 5...3600,
                \.rotation.timeoutSeconds),
            number(
                "rotation.check_seconds", "how often schedules are looked at", 1...86_400, \.rotation.checkSeconds),
            number(
                "rotation.checkout_seconds", "longest time for which a password is checked out", 1...2_592_000,
                \.rotation.checkoutSeconds),
            number("limits.total", "connections at once", 1...1_000_000, \.limits.total),
            number("limits.per_source", "connections at once from one address", 1...1_000_000, \.limits.perSource),
            number(
                "limits.unauthenticated", "connections at once that have not signed in", 1...1_000_000,
                \.limits.unauthenticated),
            number(
                "limits.answer_seconds", "how long the menu, or a question of a target, waits for a key", 1...86_400,
                \.limits.answerSeconds),
        ] + Self.requests + Self.ldap + Self.oidc + Self.api + Self.console + Self.log
    }

    private static func recipients(
        _ name: String, _ explanation: String, _ target: WritableKeyPath<GatewayConfiguration, [String]>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, folder in
            let expected = "a list of recipients (spr-recipient-1...) or of files, each in quotes"
            guard let array = value.array else { return Complaint(expected: expected) }
            let entries = array.map { $0.string ?? "" }
            guard entries.allSatisfy({ !$0.isEmpty }) else { return Complaint(expected: expected) }
            configuration[keyPath: target] = entries.map {
                $0.hasPrefix("spr-recipient-1") ? $0 : AbsolutePath.join(folder, $0)
            }
            return nil
        }
    }

    static func number(
        _ name: String, _ explanation: String, _ range: ClosedRange<Int>,
        _ target: WritableKeyPath<GatewayConfiguration, Int>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, _ in
            guard let number = value.int, range.contains(number) else {
                return Complaint(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            configuration[keyPath: target] = number
            return nil
        }
    }

    static func text(
        _ name: String, _ explanation: String, _ bytes: ClosedRange<Int>,
        _ target: WritableKeyPath<GatewayConfiguration, String>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, _ in
            guard let text = value.string, bytes.contains(text.utf8.count) else {
                return Complaint(expected: "a text in quotes of \(bytes.lowerBound) to \(bytes.upperBound) bytes")
            }
            configuration[keyPath: target] = text
            return nil
        }
    }

    static func path(
        _ name: String, _ explanation: String, _ target: WritableKeyPath<GatewayConfiguration, String>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, folder in
            guard let path = value.string, !path.isEmpty else { return Complaint(expected: "a path in quotes") }
            configuration[keyPath: target] = AbsolutePath.join(folder, path)
            return nil
        }
    }
}
