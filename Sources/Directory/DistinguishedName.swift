import CLDAP

/// Names of entries (RFC 4514).
public enum DistinguishedName {
    /// `text` in the one form by which two names are compared: without needless blanks and escapes, in lower case.
    /// Nil for what is no name.
    public static func normalized(_ text: String) -> String? {
        var parsed: LDAPDN?
        guard !text.isEmpty, ldap_str2dn(text, &parsed, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS,
            let parsed
        else { return nil }
        defer { ldap_dnfree(parsed) }
        var written: UnsafeMutablePointer<CChar>?
        guard ldap_dn2str(parsed, &written, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS, let written else {
            return nil
        }
        defer { ldap_memfree(written) }
        return String(cString: written).lowercased()
    }
}
