// Typed access to strings: three kinds of entry (inline, integer, buffer) that a client cannot tell apart.
//
//   stringCount, withString   length and text of whichever kind; WRONGTYPE for a container
//   editString                changes the text in place, in a buffer with room to spare
//   storeNew                  stores under a key that is known to be absent
//
// A string that was changed in its middle or at its end is always a buffer, however short: it is likely to
// change again, and OBJECT ENCODING calls it `raw`, as Redis does.

extension Entry {
  /// The length of a string.
  @inline(__always)
  var stringCount: Int {
    get throws(ReplyError) {
      switch kind {
      case .inline: return inlineBytes.count
      case .integer: return NumberText.length(of: integer)
      case .buffer: return buffer.count
      default: throw .wrongType
      }
    }
  }

  /// Lends the text of a string to `body`.
  @inline(__always)
  func withString<Result>(_ body: (Bytes) -> Result) throws(ReplyError) -> Result {
    switch kind {
    case .inline: return body(inlineBytes)
    case .integer: return NumberText.withInt64(integer, body)
    case .buffer: return body(buffer.bytes)
    default: throw .wrongType
    }
  }
}

extension Context {
  /// Changes the string of an entry that `find` gave, keeping its deadline.
  ///
  /// - Parameters:
  ///   - count: how long the string will be.
  ///   - change: changes the buffer; one that a snapshot or a reply under way holds is copied by that.
  @inline(__always)
  func editString(_ key: Key, _ entry: Entry, count: Int, _ change: (inout SharedBuffer) -> Void) {
    if entry.kind == .buffer {
      var buffer = entry.buffer
      change(&buffer)
      entry.buffer = buffer
      return
    }
    guard
      var buffer = try? entry.withString({ SharedBuffer(copying: $0, capacity: count &+ min(count, 1 << 20)) }
      )
    else { return }
    change(&buffer)
    store(.buffer(buffer), for: key)
  }

  /// Stores a value under a key that is not there.
  @inline(__always)
  func storeNew(_ value: consuming NewValue, for key: Key) {
    store(value, for: key, deadline: .none)
    created(key)
  }

  /// How long a string may grow: `proto-max-bulk-len`, and never beyond what leaves room for counting its
  /// bits.
  var stringLimit: Int { min(engine.configuration.maximumBulkLength, 1 << 40) }

  /// Refuses a string of more than `proto-max-bulk-len` bytes; its length is given as two parts.
  @inline(__always)
  func checkStringLength(_ one: Int, _ other: Int) throws(ReplyError) {
    let (sum, overflow) = one.addingReportingOverflow(other)
    if overflow || sum > stringLimit { throw .stringTooLong }
  }
}
