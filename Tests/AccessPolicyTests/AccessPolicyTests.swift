// AccessPolicyTests
