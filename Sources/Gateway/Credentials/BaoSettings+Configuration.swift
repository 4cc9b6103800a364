import GatewayConfiguration
import Glibc
import OpenBao

extension BaoSettings {
    /// Nil where the configuration names no server.
    /// - throws: `GatewayError` for settings that can't be right together.
    init?(_ bao: GatewayConfiguration.Bao) throws {
        guard !bao.address.isEmpty else { return nil }
        var address = bao.address
        while address.hasSuffix("/") { address.removeLast() }
        guard Self.isPermitted(address: address) else {
            throw GatewayError(
                "bao.address can't be used: \(bao.address)",
                hint: "give https://HOST:PORT; http is for a server on this machine only")
        }
        let hasRole = !bao.roleID.isEmpty
        guard hasRole != !bao.tokenFile.isEmpty, hasRole == !bao.secretIDFile.isEmpty else {
            throw GatewayError(
                "bao.address needs a way to log in there",
                hint: "set bao.token_file, or bao.role_id together with bao.secret_id_file")
        }
        for (name, mount) in [
            ("kv_mount", bao.kvMount), ("ssh_mount", bao.sshMount), ("approle_mount", bao.appRoleMount),
        ] where BaoReference(mount, defaultField: "x")?.path != mount {
            throw GatewayError("bao.\(name) can't be a mount: \(mount)", hint: "give a path such as secret or team/kv")
        }
        guard bao.caFile.isEmpty || access(bao.caFile, R_OK) == 0 else {
            throw GatewayError("bao.ca_file can't be read: \(bao.caFile)")
        }
        self.init(
            address: address, caFile: bao.caFile.isEmpty ? nil : bao.caFile,
            namespace: bao.namespace.isEmpty ? nil : bao.namespace,
            login: hasRole
                ? .appRole(mount: bao.appRoleMount, roleID: bao.roleID, secretIDFile: bao.secretIDFile)
                : .tokenFile(bao.tokenFile),
            kvMount: bao.kvMount, sshMount: bao.sshMount, timeoutSeconds: bao.timeoutSeconds)
    }
}
