// SortPattern: the patterns of SORT's BY and GET: `#`, `weight_*`, `object_*->field`.

struct SortPattern {
  private enum Form {
    /// The element itself.
    case element
    /// No key is meant.
    case nothing
    /// A string, or with `field` a field of a hash, under the element's name between `prefix` and `suffix`.
    case key(prefix: Bytes, suffix: Bytes, field: Bytes?)
  }
  private let form: Form
  /// Whether the pattern stands for another key with each element.
  let hasStar: Bool

  init(_ text: Bytes) {
    // The real server looks for the marks as C does: not behind a zero byte.
    let visible = text.upToZero
    guard let star = visible.firstIndex(of: UInt8(ascii: "*")) else {
      hasStar = false
      form = visible.count == 1 && visible[0] == UInt8(ascii: "#") ? .element : .nothing
      return
    }
    hasStar = true
    let prefix = text.slice(0..<star)
    let arrow = (star + 1..<max(visible.count - 2, star + 1)).first {
      visible[$0] == UInt8(ascii: "-") && visible[$0 + 1] == UInt8(ascii: ">")
    }
    if let arrow {
      form = .key(
        prefix: prefix, suffix: text.slice(star + 1..<arrow), field: text.slice(arrow + 2..<text.count))
    } else {
      form = .key(prefix: prefix, suffix: text.slice(star + 1..<text.count), field: nil)
    }
  }

  /// Lends what the pattern says of an element to `body`; nil if there is no such key, or no such field.
  func withValue<Result>(
    _ context: borrowing Context, for element: PackedElement, _ body: (PackedElement?) -> Result
  ) -> Result {
    switch form {
    case .element: return body(element)
    case .nothing: return body(nil)
    case .key(let prefix, let suffix, let field):
      let name = prefix.copied() + element.withBytes { $0.copied() } + suffix.copied()
      return name.withBytes { name in
        guard let entry = context.read(context.key(name)) else { return body(nil) }
        if let field {
          guard entry.kind == .hash else { return body(nil) }
          // Nothing is removed in the middle of a SORT: a field whose time has come only counts as gone.
          if !entry.isPlainHash, let deadline = entry.hash.deadline(of: field), deadline <= context.now {
            return body(nil)
          }
          return body(entry.hash[field])
        }
        if entry.kind == .integer { return body(.integer(entry.integer)) }
        return body(entry.stringBytes.map { .bytes($0) })
      }
    }
  }
}
