/// Gives a user, or the members of a group, roles in place of those that they had.
public struct SetRolesRequest: Codable, Hashable, Sendable {
    /// Empty takes all away.
    public var roles: [Role]

    public init(roles: [Role]) { self.roles = roles }
}

/// What a user may do in the administration, and why.
public struct UserRoles: Codable, Hashable, Sendable {
    /// The user's own, in order of name.
    public var own: [Role]
    /// By groups, in order of their names.
    public var groups: [GroupRoles]
    /// All that these permit, in order of name; none for a user who is not let in.
    public var permissions: [Permission]

    public init(own: [Role], groups: [GroupRoles], permissions: [Permission]) {
        self.own = own
        self.groups = groups
        self.permissions = permissions
    }
}

/// The roles that a group gives its members.
public struct GroupRoles: Codable, Hashable, Sendable {
    public var group: String
    /// In order of name.
    public var roles: [Role]

    public init(group: String, roles: [Role]) {
        self.group = group
        self.roles = roles
    }
}

/// The part of ``AdministrationService`` that is about the roles of people. Nobody gives away more than they have:
/// what sets roles throws `denied` then.
public protocol RoleAdministration: Sendable {
    func roles(ofUser name: String, by actor: AdminActor) async throws -> UserRoles
    func setRoles(_ request: SetRolesRequest, ofUser name: String, by actor: AdminActor) async throws -> UserRoles
    func roles(ofGroup name: String, by actor: AdminActor) async throws -> GroupRoles
    func setRoles(_ request: SetRolesRequest, ofGroup name: String, by actor: AdminActor) async throws -> GroupRoles
}
