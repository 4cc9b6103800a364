extension GatewayConfiguration {
    /// The text of a new `sallyport.toml`: `listen` set, every other key there as a comment with its default.
    /// - parameter workerUser: set too, where it isn't the default.
    public static func template(listen: NetworkAddress, workerUser: String? = nil) -> String {
        let defaults = GatewayConfiguration(folder: "/")
        let values: [String: String] = [
            "listen": "\"\(listen)\"",
            "state": "\".\"",
            "recordings": "\"recordings\"",
            "worker": "\"/usr/libexec/sallyport-session\"",
            "worker_user": "\"\(workerUser ?? defaults.workerUser)\"",
            "banner": "\"\"",
            "host_keys": "[\(defaults.hostKeys.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))]",
            "login_grace_seconds": String(defaults.loginGraceSeconds),
            "max_auth_tries": String(defaults.maximumAuthenticationAttempts),
            "target_connect_seconds": String(defaults.targetConnectSeconds),
            "search_index": String(defaults.searchIndex),
            "log_level": "\"\(defaults.logLevel.rawValue)\"",
            "recording.recipients": "[]",
            "recording.input_recipients": "[]",
            "recording.archive_key": String(defaults.recordsForArchiveKey),
            "recording.keep": "\"\"",
            "audit.syslog": "[]",
            "audit.webhook": "[]",
            "identity.require": "[\(defaults.loginRequirement.map { "\"\($0)\"" }.joined(separator: ", "))]",
            "identity.revoked_keys": "\"revoked_keys.krl\"",
            "identity.sessions_outlive_certificates": String(defaults.sessionsOutliveCertificates),
            "proxy.trusted": "[]",
            "bao.address": "\"\"",
            "bao.ca_file": "\"/etc/ssl/bao-ca.pem\"",
            "bao.namespace": "\"\"",
            "bao.token_file": "\"bao-token\"",
            "bao.role_id": "\"\"",
            "bao.secret_id_file": "\"bao-secret-id\"",
            "bao.approle_mount": "\"\(defaults.bao.appRoleMount)\"",
            "bao.kv_mount": "\"\(defaults.bao.kvMount)\"",
            "bao.ssh_mount": "\"\(defaults.bao.sshMount)\"",
            "bao.timeout_seconds": String(defaults.bao.timeoutSeconds),
            "rotation.password_length": String(defaults.rotation.passwordLength),
            "rotation.password_alphabet": "\"\(defaults.rotation.passwordAlphabet)\"",
            "rotation.history_versions": String(defaults.rotation.historyVersions),
            "rotation.history_days": String(defaults.rotation.historyDays),
            "rotation.timeout_seconds": String(defaults.rotation.timeoutSeconds),
            "rotation.check_seconds": String(defaults.rotation.checkSeconds),
            "rotation.checkout_seconds": String(defaults.rotation.checkoutSeconds),
            "limits.total": String(defaults.limits.total),
            "limits.per_source": String(defaults.limits.perSource),
            "limits.unauthenticated": String(defaults.limits.unauthenticated),
            "limits.answer_seconds": String(defaults.limits.answerSeconds),
        ].merging(Self.directoryDefaults) { first, _ in first }
            .merging(Self.providerDefaults) { first, _ in first }
            .merging(Self.apiDefaults) { first, _ in first }
            .merging(Self.consoleDefaults) { first, _ in first }
            .merging(Self.requestDefaults) { first, _ in first }
            .merging(["log.format": "\"\(defaults.logFormat.rawValue)\""]) { first, _ in first }
        var lines = [
            "# Sallyport's configuration. A commented key shows its default.",
            "# Relative paths start at this file's folder.",
            "",
        ]
        var section = ""
        for setting in Setting.all {
            guard let value = values[setting.name] else {
                preconditionFailure("every setting has a default above, a test writes the template")
            }
            let parts = setting.name.split(separator: ".")
            if parts.count == 2, parts[0] != section {
                section = String(parts[0])
                lines += ["[\(section)]"]
            }
            lines.append("# \(setting.explanation)")
            let isSet = setting.name == "listen" || (setting.name == "worker_user" && workerUser != nil)
            lines.append("\(isSet ? "" : "# ")\(parts[parts.count - 1]) = \(value)")
            if parts.count == 1 { lines.append("") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
