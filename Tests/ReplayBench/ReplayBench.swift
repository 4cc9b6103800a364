import Glibc
import Platform
import Playback
import RecordingFormat

/// Makes a recording of ten hours and 2 GB of output in a file, and prints as JSON how long it takes to open it and to
/// seek in it. Arguments: the file to make (replaced, and removed again), and optionally megabytes of output.
@main
enum ReplayBench {
    static func milliseconds(since start: UInt64) -> Double {
        Double((Clock.monotonicNanoseconds() - start) / 1000) / 1000
    }

    /// Processor time of this process, in milliseconds: what a seek costs where others use the machine too.
    static func processorMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec / 1000) / 1000
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func main() throws {
        guard CommandLine.arguments.count > 1 else {
            print("usage: sallyport-replay-bench FILE [MEGABYTES]")
            exit(2)
        }
        let path = CommandLine.arguments[1]
        let megabytes = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 2000
        let descriptor = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600), "open \(path)"))
        defer { unlink(path) }
        let keys = RecordingSubkeys(frames: .random(), gateway: .random())

        var size = 0
        func append(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes
            while !rest.isEmpty {
                let count = try SystemError.check(
                    write(descriptor.rawValue, rest.baseAddress, rest.count), "write \(path)")
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                size += count
            }
        }
        try RecordParser.magic.withUnsafeBytes { try append($0) }
        var session = LongSession()
        try session.write(bytes: megabytes * 1_000_000, key: keys.frames, to: append)

        let number = descriptor.rawValue
        let file: FrameReader.Read = { offset, count in
            var result = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                result = pread(number, buffer.baseAddress, count, off_t(offset))
                initialized = max(result, 0)
            }
            _ = try SystemError.check(result, "read the recording")
            return bytes
        }

        var start = Clock.monotonicNanoseconds()
        let reel = try Reel(keys: keys, file: file)
        try reel.move(to: 0)
        let opened = milliseconds(since: start)

        // Before anything was scanned: the worst that a viewer can ask for.
        let cold = try Reel(keys: keys, file: file)
        start = Clock.monotonicNanoseconds()
        while cold.scannedTime < cold.duration / 2, try cold.scan() {}
        try cold.move(to: cold.duration / 2)
        let coldSeek = milliseconds(since: start)

        start = Clock.monotonicNanoseconds()
        let scanStart = processorMilliseconds()
        while try reel.scan() {}
        let scanned = milliseconds(since: start)
        let scannedOnProcessor = processorMilliseconds() - scanStart

        var seeks: [Double] = []
        var seeksOnProcessor: [Double] = []
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let time = UInt64.random(in: 0...reel.duration, using: &random)
            start = Clock.monotonicNanoseconds()
            let seekStart = processorMilliseconds()
            try reel.move(to: time)
            seeksOnProcessor.append(processorMilliseconds() - seekStart)
            seeks.append(milliseconds(since: start))
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        print(
            """
            {"output_mb": \(megabytes), "file_mb": \(size / 1_000_000), "open_ms": \(opened), "scan_ms": \(scanned), \
            "scan_cpu_ms": \(scannedOnProcessor), \
            "cold_seek_to_the_middle_ms": \(coldSeek), "seek_median_ms": \(median(seeks)), \
            "seek_max_ms": \(seeks.max() ?? 0), "seek_cpu_max_ms": \(seeksOnProcessor.max() ?? 0), "rss_mb": \(usage.ru_maxrss / 1024)}
            """)
    }
}
