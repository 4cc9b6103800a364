// swift-tools-version: 6.2
// The one place that says who sees whom. Build with
// `--explicit-target-dependency-import-check error`, as scripts/test does.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func systemLibrary(_ name: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debian])])
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "sallyport",
    products: [
        .executable(name: "sallyportd", targets: ["sallyportd"]),
        .executable(name: "sallyport-session", targets: ["sallyport-session"]),
        .executable(name: "sallyport", targets: ["sallyport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        // System libraries: module maps and header shims, no behaviour.
        // Static: only there are libssh's private functions, which CSSHPackets needs. pkg-config would add the shared one.
        .systemLibrary(name: "CLibSSH", providers: [.apt(["libssh-dev"])]),
        systemLibrary("CLDAP", pkgConfig: "ldap", debian: "libldap-dev"),
        systemLibrary("COpenSSL", pkgConfig: "libcrypto", debian: "libssl-dev"),
        systemLibrary("CSeccomp", pkgConfig: "libseccomp", debian: "libseccomp-dev"),
        systemLibrary("CSodium", pkgConfig: "libsodium", debian: "libsodium-dev"),
        systemLibrary("CZstd", pkgConfig: "libzstd", debian: "libzstd-dev"),
        .target(name: "CPlatform"),
        .target(name: "CReadAhead"),
        // In the place of libssh's own signing, see host_keys.h.
        .target(
            name: "CSSHPackets",
            linkerSettings: [
                .unsafeFlags(
                    ["ssh_srv_pki_do_sign_sessionid", "pki_sign_data"].flatMap { ["-Xlinker", "--wrap=\($0)"] })
            ]),

        // Shared floor.
        library("Platform", ["CPlatform"]),
        library("WorkerProtocol"),
        library("RecordingFormat", ["CZstd", "COpenSSL"]),
        library("CommandRules"),

        // The worker: everything that touches bytes from the network.
        library("Sandbox", ["Platform", "CPlatform", "CSeccomp"]),
        library("SSHTransport", ["CPlatform", "CReadAhead", "CSSHPackets", "CLibSSH"]),
        library("FileAudit", ["RecordingFormat"]),
        library(
            "SessionWorker",
            [
                "Platform", "SSHTransport", "WorkerProtocol", "RecordingFormat", "FileAudit", "TerminalModel",
                "CommandRules",
            ]),

        // Replay.
        library("RecordingKeys", ["RecordingFormat", crypto]),
        library("TerminalModel"),
        library("QRCode"),
        library("Playback", ["RecordingFormat", "TerminalModel"]),
        library("TerminalPlayer", ["Platform", "CPlatform", "RecordingFormat", "Playback", "TerminalModel"]),

        // The broker.
        library("AccessPolicy", ["CommandRules"]),
        library("AuditLog", [crypto]),
        library("Vault", ["Platform", "CSodium", crypto, cryptoExtras]),
        library("Identity", ["Platform", "Vault", crypto, cryptoExtras]),
        library(
            "SessionStore",
            ["Platform", "AccessPolicy", "AuditLog", .product(name: "GRDB", package: "GRDB.swift")]),
        library("GatewayConfiguration", ["AccessPolicy", .product(name: "TOMLKit", package: "TOMLKit")]),
        library(
            "ServerRequests",
            [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        library(
            "OpenBao",
            [
                "Platform", "ServerRequests",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        library("Directory", ["Platform", "CLDAP"]),
        library(
            "OpenIDConnect",
            [
                "Platform", "ServerRequests", crypto, cryptoExtras,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        library("AdminAPI"),
        library(
            "AdminServer",
            [
                "AdminAPI", hummingbird, logging, crypto,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
            ]),
        library(
            "WebConsole",
            [
                "AdminAPI", "AdminServer", "Playback", "RecordingFormat", "RecordingKeys", "TerminalModel",
                "TerminalPlayer", "Platform", hummingbird, logging, crypto,
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            // Read from a folder at the start: scripts/console-assets fills it.
            exclude: ["Assets", "Templates", "requirements.txt"]),
        library(
            "AuditForwarding",
            [
                "AdminAPI", "CPlatform", "GatewayConfiguration", "Platform", crypto, logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        library(
            "Gateway",
            [
                "AuditForwarding", "Platform", "CPlatform", "WorkerProtocol", "RecordingFormat", "RecordingKeys",
                "AccessPolicy", "CommandRules",
                "AuditLog", "Vault", "OpenBao", "Directory", "OpenIDConnect", "Identity", "SessionStore",
                "GatewayConfiguration", "AdminAPI",
                "Playback", "ServerRequests",
                crypto, logging,
            ]),

        // One executable per process.
        .executableTarget(
            name: "sallyportd",
            dependencies: [
                "Gateway", "GatewayConfiguration", "AdminAPI", "AdminServer", "WebConsole", "Vault", "Platform",
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sallyport-session",
            dependencies: ["SessionWorker", "Sandbox", "SSHTransport", "WorkerProtocol", "Platform", "CPlatform"],
            swiftSettings: strict,
            // The worker carries its own standard library: fewer relocations to dirty, a faster start.
            linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
        .executableTarget(
            name: "sallyport",
            dependencies: [
                "AdminAPI", "AuditLog", "CommandRules", "RecordingFormat", "RecordingKeys", "Playback", "TerminalModel",
                "TerminalPlayer", "QRCode",
                "Platform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
                crypto,
            ],
            swiftSettings: strict),

        // Tests.
        library("SallyportTesting"),
        .executableTarget(
            name: "sallyport-replay-bench", dependencies: ["RecordingFormat", "Playback", "Platform", crypto],
            path: "Tests/ReplayBench", swiftSettings: strict),
        tests("PlatformTests", ["Platform"]),
        tests("WorkerProtocolTests", ["WorkerProtocol"]),
        tests("SSHTransportTests", ["SSHTransport", crypto]),
        tests(
            "SessionWorkerTests",
            [
                "SessionWorker", "SSHTransport", "WorkerProtocol", "RecordingFormat", "Platform", "TerminalModel",
                "CommandRules",
            ]),
        tests("RecordingFormatTests", ["RecordingFormat", "RecordingKeys", "SallyportTesting", crypto]),
        tests("FileAuditTests", ["FileAudit", "RecordingFormat"]),
        tests("PlaybackTests", ["Playback", "TerminalModel", "TerminalPlayer", "RecordingFormat", "RecordingKeys"]),
        tests("AccessPolicyTests", ["AccessPolicy", "CommandRules"]),
        tests("CommandRulesTests", ["CommandRules"]),
        tests("AuditLogTests", ["AuditLog"]),
        tests("AuditForwardingTests", ["AuditForwarding", "AdminAPI", logging]),
        tests("QRCodeTests", ["QRCode"]),
        tests("IdentityTests", ["Identity", "Vault", "Platform", "SallyportTesting", crypto, cryptoExtras]),
        tests("VaultTests", ["Vault", "Platform", crypto, cryptoExtras]),
        tests(
            "SessionStoreTests",
            [
                "SessionStore", "Platform", "AccessPolicy", "AuditLog", crypto,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests("OpenBaoTests", ["OpenBao", "Platform", "SallyportTesting"]),
        tests("DirectoryTests", ["Directory", "Platform", "SallyportTesting"]),
        tests("OpenIDConnectTests", ["OpenIDConnect", crypto]),
        tests("GatewayConfigurationTests", ["GatewayConfiguration", "AccessPolicy"]),
        tests(
            "AdminServerTests",
            [
                "AdminServer", "AdminAPI", "WebConsole", "RecordingFormat", "RecordingKeys", "SallyportTesting",
                hummingbird, crypto, logging,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests(
            "WebConsoleTests",
            [
                "WebConsole", "AdminServer", "AdminAPI", "Playback", "RecordingFormat", "RecordingKeys",
                "TerminalModel",
                "SallyportTesting", hummingbird, logging, crypto,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests(
            "GatewayTests",
            [
                "Gateway", "AccessPolicy", "AdminAPI", "AuditLog", "GatewayConfiguration", "RecordingFormat",
                "RecordingKeys",
                "SessionStore", "Playback", "SallyportTesting",
                "Vault", "Identity", "Platform", "WorkerProtocol", crypto, logging,
            ]),
        tests("SandboxTests", ["SallyportTesting", "Platform", "WorkerProtocol"]),
        tests("ArchitectureTests", ["SallyportTesting"]),
        tests("EndToEndTests", ["SallyportTesting", "Vault", "Platform"]),
    ]
)
