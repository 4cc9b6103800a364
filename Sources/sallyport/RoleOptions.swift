import AdminAPI
import ArgumentParser

/// `--role`, of users and groups.
struct RoleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Roles in the administration, in place of all others: \
            \(Role.allCases.map(\.rawValue).joined(separator: ", ")), or none; may be repeated.
            """, valueName: "roles"))
    var role: [NameList] = []

    var isEmpty: Bool { self.role.isEmpty }

    /// Throws `CommandFailure`.
    func request() throws -> SetRolesRequest {
        let names = self.role.flatMap(\.names)
        guard names != ["none"] else { return SetRolesRequest(roles: []) }
        return SetRolesRequest(
            roles: try names.map { name in
                guard let role = Role(rawValue: name) else {
                    throw CommandFailure(
                        "there is no role '\(name)'",
                        hint: "those are \(Role.allCases.map(\.rawValue).joined(separator: ", ")), and none",
                        status: .usage)
                }
                return role
            })
    }
}
