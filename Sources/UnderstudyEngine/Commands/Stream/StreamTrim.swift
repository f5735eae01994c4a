// StreamTrim: the options by which XADD and XTRIM shorten a stream.

/// How a stream is to be shortened.
struct StreamTrim {
  enum Strategy {
    case none
    /// So many entries are left.
    case length(Int)
    /// Entries below this ID go.
    case minimum(StreamID)
  }

  var strategy = Strategy.none
  /// Whole blocks only (`~`).
  var isApproximate = false
  /// The most entries to delete, if the client says so.
  var givenLimit: Int64?
  /// What becomes of traces in consumer groups.
  var references = StreamReferences.kept
  private var hasReferences = false

  /// Reads one option with its value, if there is one at `index`, and moves on behind it.
  @inline(__always)
  mutating func read(_ context: borrowing Context, _ index: inout Int) throws(ReplyError) -> Bool {
    // Every option has five to seven letters; an ID in their place costs no more than this look at its length.
    guard UInt(bitPattern: context.arguments[index].count &- 5) < 3 else { return false }
    return try readOption(context, &index)
  }

  @inline(never)
  private mutating func readOption(
    _ context: borrowing Context, _ index: inout Int
  ) throws(ReplyError) -> Bool {
    let arguments = context.arguments
    let option = arguments[index]
    if !hasReferences, let read = StreamReferences(option), context.engine.emulates(Version(8, 2)) {
      references = read
      hasReferences = true
      index += 1
      return true
    }
    guard index + 1 < arguments.count else { return false }
    if option.matches("MAXLEN") {
      try readOperator(arguments, &index)
      let length = try arguments.integer(index)
      if length < 0 { throw .negativeMaxLen }
      strategy = .length(Int(length))
    } else if option.matches("MINID") {
      try readOperator(arguments, &index)
      strategy = .minimum(try arguments.streamID(index))
    } else if option.matches("LIMIT") {
      index += 1
      let limit = try arguments.integer(index)
      if limit < 0 { throw .negativeTrimLimit }
      givenLimit = limit
    } else {
      return false
    }
    index += 1
    return true
  }

  /// Reads `~` or `=`, if another argument follows, and stops before the threshold.
  private mutating func readOperator(_ arguments: Arguments, _ index: inout Int) throws(ReplyError) {
    guard case .none = strategy else { throw .trimmedTwice }
    isApproximate = false
    index += 1
    guard index + 1 < arguments.count else { return }
    let mark = arguments[index]
    isApproximate = mark.isMark("~")
    if isApproximate || mark.isMark("=") { index += 1 }
  }

  /// Whether the options fit together; asked when all have been read.
  func check() throws(ReplyError) {
    guard let givenLimit else { return }
    if givenLimit > 0, case .none = strategy { throw .limitWithoutStrategy }
    if !isApproximate { throw .limitOfExactTrim }
  }

  /// Shortens the stream, and tells by how many entries.
  func apply(to stream: StreamValue, _ configuration: borrowing Configuration) -> Int {
    if references != .kept, let groups = stream.groups {
      return apply(to: stream, minding: groups, configuration)
    }
    return applyPlainly(to: stream, configuration)
  }

  /// The same without a look at consumer groups.
  func applyPlainly(to stream: StreamValue, _ configuration: borrowing Configuration) -> Int {
    let limit = limit(configuration)
    switch strategy {
    case .none: return 0
    case .length(let length):
      return stream.trim(maxLength: length, approximately: isApproximate, limit: limit)
    case .minimum(let id): return stream.trim(minID: id, approximately: isApproximate, limit: limit)
    }
  }

  /// Without a limit of the client's, an approximate trim stops after a hundred blocks.
  private func limit(_ configuration: borrowing Configuration) -> Int {
    if let givenLimit { return Int(givenLimit) }
    guard isApproximate else { return 0 }
    let (limit, overflow) = configuration.streamNodeMaxEntries.multipliedReportingOverflow(by: 100)
    if overflow { return 1_000_000 }
    return limit <= 0 ? 10_000 : min(limit, 1_000_000)
  }
}
