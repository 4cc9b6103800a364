internal import CSeccomp
import Platform

/// A list of permitted system calls for libseccomp. Whatever isn't listed kills the process.
struct SystemCallFilter {
    /// A condition on one argument: `argument & mask == value`.
    struct Condition {
        var argument: UInt32
        var mask: UInt64
        var value: UInt64
    }

    enum Action {
        case permit
        /// Fails softly with this `errno`, for calls that a library tries and can do without.
        case fail(CInt)
    }

    struct Rule {
        var name: String
        var action: Action
        var conditions: [Condition]
        /// Why, for the reader of the profile.
        var reason: String

        static func permit(_ name: String, _ reason: String, when conditions: Condition...) -> Rule {
            Rule(name: name, action: .permit, conditions: conditions, reason: reason)
        }

        static func fail(_ name: String, _ code: CInt, _ reason: String) -> Rule {
            Rule(name: name, action: .fail(code), conditions: [], reason: reason)
        }
    }

    let rules: [Rule]

    /// SCMP_ACT_KILL_PROCESS, a macro.
    private static let killProcess: UInt32 = 0x8000_0000

    /// Loads the filter into this process, for good.
    /// - throws: the system's error. The process must not go on then.
    func load() throws(SystemError) {
        guard let context = seccomp_init(Self.killProcess) else {
            throw SystemError(code: 12, attempt: "make a system call filter")
        }
        defer { seccomp_release(context) }
        for rule in self.rules {
            let number = seccomp_syscall_resolve_name(rule.name)
            // A call that this machine doesn't have can't be made either.
            guard number >= 0 else { continue }
            let action: UInt32 =
                switch rule.action {
                case .permit: 0x7fff_0000  // SCMP_ACT_ALLOW
                case .fail(let code): 0x0005_0000 | UInt32(code)  // SCMP_ACT_ERRNO
                }
            let comparisons = rule.conditions.map {
                scmp_arg_cmp(arg: $0.argument, op: SCMP_CMP_MASKED_EQ, datum_a: $0.mask, datum_b: $0.value)
            }
            let result = seccomp_rule_add_array(context, action, number, UInt32(comparisons.count), comparisons)
            guard result == 0 else { throw SystemError(code: -result, attempt: "filter \(rule.name)") }
        }
        let result = seccomp_load(context)
        guard result == 0 else { throw SystemError(code: -result, attempt: "load the system call filter") }
    }
}
