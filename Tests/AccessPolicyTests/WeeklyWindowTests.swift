import Foundation
import Testing

@testable import AccessPolicy

@Suite("weekly windows")
struct WeeklyWindowTests {
    private func nanoseconds(_ text: String) throws -> Int64 {
        Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) * 1_000_000_000
    }

    private func isOpen(_ window: String, _ time: String) throws -> Bool {
        try WeeklyWindow(parsing: window).contains(self.nanoseconds(time))
    }

    @Test("hours are those of the named place, in winter and in summer")
    func place() throws {
        let window = "mon-fri 08:00-18:00 Europe/Berlin"
        // Friday the 26th is in winter time, Monday the 29th in summer time.
        #expect(try !self.isOpen(window, "2027-03-26T06:59:59Z"))
        #expect(try self.isOpen(window, "2027-03-26T07:00:00Z"))
        #expect(try self.isOpen(window, "2027-03-26T16:59:59Z"))
        #expect(try !self.isOpen(window, "2027-03-26T17:00:00Z"))
        #expect(try !self.isOpen(window, "2027-03-27T10:00:00Z"))
        #expect(try !self.isOpen(window, "2027-03-29T05:59:59Z"))
        #expect(try self.isOpen(window, "2027-03-29T06:00:00Z"))
        #expect(try !self.isOpen(window, "2027-03-29T16:00:00Z"))
    }

    @Test("hours that the clock leaves out open nothing")
    func forward() throws {
        // At 02:00 on 2027-03-28 Berlin's clocks show 03:00, 01:00Z.
        let left = "sun 02:00-03:00 Europe/Berlin"
        for minute in 0..<180 {
            let time = try self.nanoseconds("2027-03-28T00:00:00Z") + Int64(minute) * 60_000_000_000
            #expect(try !WeeklyWindow(parsing: left).contains(time))
        }
        #expect(try self.isOpen("sun 01:30-03:30 Europe/Berlin", "2027-03-28T00:59:59Z"))
        #expect(try self.isOpen("sun 01:30-03:30 Europe/Berlin", "2027-03-28T01:00:00Z"))
        #expect(try !self.isOpen("sun 01:30-02:30 Europe/Berlin", "2027-03-28T01:00:00Z"))
    }

    @Test("an hour that the clock shows twice is open twice")
    func back() throws {
        // At 03:00 on 2027-10-31 Berlin's clocks show 02:00 again, 01:00Z.
        let twice = "sun 02:00-03:00 Europe/Berlin"
        #expect(try !self.isOpen(twice, "2027-10-30T23:59:59Z"))
        #expect(try self.isOpen(twice, "2027-10-31T00:30:00Z"))
        #expect(try self.isOpen(twice, "2027-10-31T01:30:00Z"))
        #expect(try !self.isOpen(twice, "2027-10-31T02:00:00Z"))
        // Shut in between, where it ends before the clocks go back.
        let half = "sun 02:00-02:30 Europe/Berlin"
        #expect(try self.isOpen(half, "2027-10-31T00:10:00Z"))
        #expect(try !self.isOpen(half, "2027-10-31T00:40:00Z"))
        #expect(try self.isOpen(half, "2027-10-31T01:10:00Z"))
        // It opens again when the clocks are put back, and not when they show the next full hour.
        let next = try WeeklyWindow(parsing: half).nextPossibleChange(after: self.nanoseconds("2027-10-31T00:40:00Z"))
        #expect(next == (try self.nanoseconds("2027-10-31T01:00:00Z")))
    }

    @Test("a window that ends before it begins goes on into the next day")
    func overnight() throws {
        let window = "fri 22:00-06:00 America/New_York"
        #expect(try self.isOpen(window, "2027-01-09T03:00:00Z"))
        #expect(try self.isOpen(window, "2027-01-09T10:59:59Z"))
        #expect(try !self.isOpen(window, "2027-01-09T11:00:00Z"))
        #expect(try !self.isOpen(window, "2027-01-08T10:00:00Z"))
    }

    private static let seeds = (0..<12).map { _ in UInt64.random(in: 0...UInt64.max) }

    /// What Foundation's calendar says of a moment, field by field.
    private static func reference(_ window: WeeklyWindow, at seconds: Int64) -> Bool {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = window.zone
        let shown = calendar.dateComponents(
            [.weekday, .hour, .minute], from: Date(timeIntervalSince1970: TimeInterval(seconds)))
        guard let weekday = shown.weekday, let hour = shown.hour, let minute = shown.minute else { return false }
        let (day, time) = ((weekday + 5) % 7, hour * 60 + minute)
        let yesterday = (day + 6) % 7
        return window.startMinute < window.endMinute
            ? window.days.contains(day) && (window.startMinute..<window.endMinute).contains(time)
            : window.days.contains(day) && time >= window.startMinute
                || window.days.contains(yesterday) && time < window.endMinute
    }

    @Test("windows are open and change as a calendar says, across both changes of the clocks", arguments: seeds)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let zones = [
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca",
        ]
        let days = random.element(of: ["daily", "mon-fri", "sat,sun", "sun", "fri-mon"])
        func time(_ last: Int) -> String {
            let minute = Int.random(in: 0..<last, using: &random)
            return String(format: "%02d:%02d", minute / 60, minute % 60)
        }
        let (start, end) = (time(1440), time(1440))
        // A window ends at 24:00, not at 00:00.
        let last = [start, "00:00"].contains(end) ? "24:00" : end
        let text = "\(days) \(start)-\(last) \(random.element(of: zones))"
        let window = try WeeklyWindow(parsing: text)
        for start in ["2027-03-26T00:00:00Z", "2027-10-29T00:00:00Z", "2027-04-03T00:00:00Z", "2027-11-05T00:00:00Z"] {
            let first = try self.nanoseconds(start) / 1_000_000_000
            for seconds in stride(from: first, to: first + 3 * 86_400, by: 60) {
                let isOpen = window.contains(seconds * 1_000_000_000)
                #expect(isOpen == Self.reference(window, at: seconds), "seed \(seed): \(text) at \(seconds)")
                let before = (seconds - 60) * 1_000_000_000
                if isOpen != window.contains(before) {
                    let change = window.nextPossibleChange(after: before) / 1_000_000_000
                    #expect(change == seconds, "seed \(seed): \(text) at \(seconds)")
                }
            }
        }
    }

    @Test(
        "what is no window is refused with a line that says how to write one",
        arguments: [
            "", "mon", "mon 08:00-18:00", "mon 08:00 Europe/Berlin", "moon 08:00-18:00 UTC", "mon 8:00-18:00 UTC",
            "mon 08:00-08:00 UTC", "mon 08:00-24:01 UTC", "mon 24:00-08:00 UTC", "mon 08:00-18:00 PST",
            "mon 08:00-18:00 Europe/Berlln", "mon 08:00-18:00-20:00 UTC", "mon, 08:00-18:00 UTC",
            "mon-tue-wed 08:00-18:00 UTC", "mon 00:00-00:00 UTC",
        ])
    func refused(text: String) {
        #expect(throws: WeeklyWindow.Invalid.self) { try WeeklyWindow(parsing: text) }
    }
}
