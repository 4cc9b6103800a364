public struct AddGroupRequest: Codable, Hashable, Sendable {
    public var name: String
    /// For people; nil for none.
    public var comment: String?
    /// Names of users.
    public var members: [String]

    public init(name: String, comment: String? = nil, members: [String] = []) {
        self.name = name
        self.comment = comment
        self.members = members
    }
}

/// What is to be different about a group; nil leaves it as it is.
public struct ChangeGroupRequest: Codable, Hashable, Sendable {
    public var comment: String?
    public var addMembers: [String]?
    public var removeMembers: [String]?

    public init(comment: String? = nil, addMembers: [String]? = nil, removeMembers: [String]? = nil) {
        self.comment = comment
        self.addMembers = addMembers
        self.removeMembers = removeMembers
    }

    private enum CodingKeys: String, CodingKey {
        case comment
        case addMembers = "add_members"
        case removeMembers = "remove_members"
    }
}

public struct GroupInfo: Codable, Hashable, Sendable {
    public var name: String
    public var comment: String
    public var members: [String]
    /// Names of the grants that name the group.
    public var grants: [String]
    public var added: Timestamp

    public init(name: String, comment: String, members: [String], grants: [String] = [], added: Timestamp) {
        self.name = name
        self.comment = comment
        self.members = members
        self.grants = grants
        self.added = added
    }
}

/// A group after a change, and what the change ended.
public struct ChangedGroup: Codable, Hashable, Sendable {
    public var group: GroupInfo
    public var withdrawal: Withdrawal

    public init(group: GroupInfo, withdrawal: Withdrawal) {
        self.group = group
        self.withdrawal = withdrawal
    }
}
