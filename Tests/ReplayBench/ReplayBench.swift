import Glibc
import Platform
import Playback
import RecordingFormat

/// Makes a recording of ten hours and 2 GB of output in a file, and prints as JSON how long it takes to open it and to
/// seek in it, with its index and without. Arguments: the file to make (replaced, and removed again), megabytes of
/// output (2000), and a file to export the first half of the session to as asciicast.
@main
enum ReplayBench {
    private static func milliseconds(since start: UInt64) -> Double {
        Double((Clock.monotonicNanoseconds() - start) / 1000) / 1000
    }

    /// Processor time of this process, in milliseconds: what a seek costs where others use the machine too.
    private static func processorMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec / 1000) / 1000
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Wall clock and processor time of `work`, in milliseconds.
    private static func measured<R>(_ work: () throws -> R) rethrows -> (result: R, wall: Double, processor: Double) {
        let start = Clock.monotonicNanoseconds()
        let processorStart = self.processorMilliseconds()
        let result = try work()
        return (result, self.milliseconds(since: start), self.processorMilliseconds() - processorStart)
    }

    /// Times of seeks to random places: median and longest wall clock, longest processor time.
    private static func seeks(_ reel: Reel, _ count: Int) throws -> (median: Double, longest: Double, processor: Double)
    {
        var walls: [Double] = []
        var processors: [Double] = []
        for _ in 0..<count {
            let time = UInt64.random(in: 0...reel.duration)
            let seek = try self.measured { try reel.move(to: time) }
            walls.append(seek.wall)
            processors.append(seek.processor)
        }
        return (self.median(walls), walls.max() ?? 0, processors.max() ?? 0)
    }

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let path = arguments.first else {
            print("usage: sallyport-replay-bench FILE [MEGABYTES [CAST]]")
            exit(2)
        }
        let megabytes = arguments.dropFirst().first.flatMap { Int($0) } ?? 2000
        let file = try BenchFile(path: path, megabytes: megabytes)
        defer { unlink(path) }
        if let cast = arguments.dropFirst(2).first { try file.exportHalf(to: cast) }

        let opening = try self.measured {
            let reel = try file.reel()
            try reel.move(to: 0)
            return reel
        }
        // Before anything was scanned: the worst that a viewer without an index can ask for.
        let cold = try self.measured {
            let reel = try file.reel()
            while reel.scannedTime < reel.duration / 2, try reel.scan() {}
            try reel.move(to: reel.duration / 2)
        }
        let making = try self.measured { try file.index() ?? [] }
        let index = making.result

        // Each in a player that was just opened.
        var opens: [Double] = []
        var firsts: [Double] = []
        for _ in 0..<50 {
            let opening = try self.measured {
                let reel = try file.reel(index: index)
                try reel.move(to: 0)
                return reel
            }
            opens.append(opening.wall)
            let time = UInt64.random(in: 0...opening.result.duration)
            firsts.append(try self.measured { try opening.result.move(to: time) }.wall)
        }
        let indexed = try self.seeks(try file.reel(index: index), 200)

        let reel = opening.result
        let scan = try self.measured { while try reel.scan() {} }
        let scanned = try self.seeks(reel, 200)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        print(
            """
            {"output_mb": \(megabytes), "file_mb": \(file.size / 1_000_000), "index_kb": \(index.count / 1000), \
            "index_ms": \(making.wall), "index_cpu_ms": \(making.processor), \
            "open_ms": \(self.median(opens)), "open_max_ms": \(opens.max() ?? 0), \
            "first_seek_median_ms": \(self.median(firsts)), "first_seek_max_ms": \(firsts.max() ?? 0), \
            "seek_median_ms": \(indexed.median), "seek_max_ms": \(indexed.longest), \
            "seek_cpu_max_ms": \(indexed.processor), "open_without_ms": \(opening.wall), \
            "cold_seek_to_the_middle_without_ms": \(cold.wall), "scan_ms": \(scan.wall), \
            "scan_cpu_ms": \(scan.processor), "scanned_seek_median_ms": \(scanned.median), \
            "scanned_seek_max_ms": \(scanned.longest), "rss_mb": \(usage.ru_maxrss / 1024)}
            """)
    }
}
