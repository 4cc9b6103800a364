/// Columns and rows of a terminal, in cells, kept within the maxima below.
public struct TerminalSize: Hashable, Sendable {
    /// What a client that doesn't know its size is taken to have.
    public static let standard = TerminalSize(columns: 80, rows: 24)
    /// Larger sizes are cut: a recording must not choose how much memory its reader spends.
    public static let maximumColumns = 1000
    /// See ``maximumColumns``.
    public static let maximumRows = 500
    /// Rows are cut until columns times rows is no more than this.
    public static let maximumCells = 1 << 17

    public let columns: Int
    public let rows: Int

    /// Sizes below 1 become 1, too large ones the maximum.
    public init(columns: Int, rows: Int) {
        self.columns = min(max(columns, 1), Self.maximumColumns)
        self.rows = min(max(rows, 1), Self.maximumRows, Self.maximumCells / self.columns)
    }

    /// A size as it came over the network (RFC 4254 section 6.2): zero means unknown and becomes the standard's.
    public init(requestedColumns columns: UInt32, rows: UInt32) {
        self.init(
            columns: columns == 0 ? Self.standard.columns : Int(clamping: columns),
            rows: rows == 0 ? Self.standard.rows : Int(clamping: rows))
    }
}
