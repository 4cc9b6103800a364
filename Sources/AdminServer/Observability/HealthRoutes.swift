import AdminAPI
import Glibc
import Hummingbird

extension AdminRouter {
    func addHealth(to routes: AdminRouteTable) {
        let (service, certificate) = (self.service, self.certificate)
        routes.on(.get, AdminRoutes.findings, .healthRead, "What is wrong with the gateway, or may be") { call in
            let findings = try await service.examine(by: call.actor)
            let ofCertificate = certificate.map(CertificateExamination.findings) ?? []
            return (findings + ofCertificate).sorted { $0.severity > $1.severity }
        }
        routes.stream(
            .get, AdminRoutes.metrics, .metricsRead, "Metrics, in Prometheus' text format",
            answers: PrometheusText.contentType, schema: { _ in ["type": "string"] },
            { call in
                let text = PrometheusText.write(try await service.metrics(by: call.actor))
                return Response(
                    status: .ok, headers: [.contentType: PrometheusText.contentType],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
            })
    }
}

/// The certificate that the API shows.
enum CertificateExamination {
    /// In seconds: a month, in which a certificate can be had.
    private static let early: Int64 = 30 * 86_400

    static func findings(_ path: String) -> [Finding] {
        let facts: (fingerprint: String, expires: Timestamp)
        do {
            facts = try ServerCertificate.facts(of: path)
        } catch {
            return [
                Finding(
                    .critical, "api-certificate", "\(error)",
                    hint: "put the file back: at its next start the gateway will not start without it")
            ]
        }
        let left = facts.expires.nanosecondsSince1970 / 1_000_000_000 - Int64(time(nil))
        guard left < Self.early else { return [] }
        return [
            Finding(
                left < 0 ? .critical : .warning, "api-certificate",
                "the certificate of \(path) \(left < 0 ? "ended" : "ends") at \(facts.expires)",
                hint: "renew it: the new file counts at once")
        ]
    }
}
