import TOMLKit

extension Setting {
    /// `[[audit.syslog]]`
    static var syslogReceivers: Setting {
        Setting(
            name: "audit.syslog", explanation: "log servers that get every audit event, each as [[audit.syslog]]"
        ) { configuration, value, folder in
            let expected =
                "tables with name and address (\"host:port\"), and if need be tls (true or false), ca, certificate, key, codes"
            guard
                let tables = ReceiverTable.all(
                    value, keys: ["name", "address", "tls", "ca", "certificate", "key", "codes"])
            else { return Complaint(expected: expected) }
            for table in tables {
                guard let name = table.name, let address = table.text("address").flatMap({ NetworkAddress($0) }),
                    let isEncrypted = table.flag("tls", default: true), let tls = table.tls(folder),
                    let codes = table.codes,
                    isEncrypted || tls == TLSFiles()
                else { return Complaint(expected: expected) }
                guard configuration.isNewReceiver(name) else { return Self.twice(name) }
                configuration.auditSyslog.append(
                    SyslogDestination(name: name, address: address, tls: isEncrypted ? tls : nil, codes: codes))
            }
            return nil
        }
    }

    /// `[[audit.webhook]]`
    static var webhookReceivers: Setting {
        Setting(
            name: "audit.webhook",
            explanation: "HTTP servers that get every audit event in signed requests, each as [[audit.webhook]]"
        ) { configuration, value, folder in
            let expected =
                "tables with name, url (\"https://...\") and secret (a file), and if need be ca, certificate, key, codes (a list)"
            guard
                let tables = ReceiverTable.all(
                    value, keys: ["name", "url", "secret", "ca", "certificate", "key", "codes"])
            else { return Complaint(expected: expected) }
            for table in tables {
                guard let name = table.name, let url = table.text("url"), let secret = table.text("secret"),
                    url.hasPrefix("https://") || url.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
                    let tls = table.tls(folder), let codes = table.codes
                else { return Complaint(expected: expected) }
                guard configuration.isNewReceiver(name) else { return Self.twice(name) }
                configuration.auditWebhooks.append(
                    WebhookDestination(
                        name: name, url: url, secretFile: AbsolutePath.join(folder, secret), tls: tls,
                        codes: codes))
            }
            return nil
        }
    }

    private static func twice(_ name: String) -> Complaint {
        Complaint(expected: "a name of its own for each receiver, \"\(name)\" is there twice")
    }
}

extension GatewayConfiguration {
    fileprivate func isNewReceiver(_ name: String) -> Bool {
        !self.auditSyslog.contains { $0.name == name } && !self.auditWebhooks.contains { $0.name == name }
    }
}

/// One table of a list of receivers.
private struct ReceiverTable {
    private let table: TOMLTable

    /// Nil unless `value` is a list of tables with no other keys than `keys`.
    static func all(_ value: any TOMLValueConvertible, keys: Set<String>) -> [ReceiverTable]? {
        guard let array = value.array else { return nil }
        var tables: [ReceiverTable] = []
        for element in array {
            guard let table = element.table, keys.isSuperset(of: table.keys) else { return nil }
            tables.append(ReceiverTable(table: table))
        }
        return tables
    }

    /// Letters, digits, `.`, `_` and `-`.
    var name: String? {
        guard let name = self.text("name"), name.utf8.count <= 64,
            name.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
            })
        else { return nil }
        return name
    }

    /// Nil for a key that is missing, empty, or no text.
    func text(_ key: String) -> String? {
        self.table[key]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Beginnings of audit codes; empty when there are none, nil for anything else.
    var codes: [String]? {
        guard let value = self.table["codes"] else { return [] }
        guard let codes = value.array?.map({ $0.string ?? "" }), !codes.isEmpty,
            codes.allSatisfy({ $0.hasPrefix("SP") && $0.utf8.count <= 7 })
        else { return nil }
        return codes
    }

    func flag(_ key: String, default missing: Bool) -> Bool? {
        guard let value = self.table[key] else { return missing }
        return value.bool
    }

    /// Nil for a value that is no text, and for a certificate without its key.
    func tls(_ folder: String) -> TLSFiles? {
        var files = TLSFiles()
        for (key, file) in [("ca", \TLSFiles.authorities), ("certificate", \.certificate), ("key", \.key)] {
            guard self.table[key] != nil else { continue }
            guard let path = self.text(key) else { return nil }
            files[keyPath: file] = AbsolutePath.join(folder, path)
        }
        return (files.certificate == nil) == (files.key == nil) ? files : nil
    }
}
