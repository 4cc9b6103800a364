import AccessPolicy
import TOMLKit

extension Setting {
    static var trustedProxies: Setting {
        Setting(
            name: "proxy.trusted",
            explanation:
                "addresses of load balancers that begin each connection with a PROXY protocol header (version 2)"
        ) { configuration, value, _ in
            let expected = "a list of addresses, or networks without host bits such as \"10.0.0.0/8\", each in quotes"
            guard let array = value.array else { return Complaint(expected: expected) }
            let ranges = array.map { $0.string.flatMap { try? IPNetwork(parsing: $0) } }
            guard !ranges.contains(nil) else { return Complaint(expected: expected) }
            configuration.trustedProxies = ranges.compactMap { $0 }
            return nil
        }
    }
}
