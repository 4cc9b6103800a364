import AdminAPI

extension FakeService {
    func examine(by actor: AdminActor) async throws -> [Finding] {
        self.note("examine", actor)
        return self.seen.findings
    }

    func metrics(by actor: AdminActor) async throws -> [MetricFamily] {
        self.note("metrics", actor)
        var family = MetricFamily("sallyport_sample", .gauge, "A sample, with a \\ and\na line.")
        family.add(1.5, (name: "name", value: "a \"quoted\" \\ name\n"))
        return [family, MetricFamily("sallyport_rows_total", .counter, "Rows.", 12)]
    }

    func trouble() async -> String? { self.seen.trouble }
}
