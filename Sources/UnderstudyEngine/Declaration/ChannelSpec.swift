// ChannelSpec: where a command's channels stand among its arguments, and what it does with them. Rules of access ask.

package struct ChannelSpec: Sendable {
  package enum Use: Sendable { case publish, subscribe, unsubscribe }

  package let use: Use
  /// They are patterns of channels.
  package let isPattern: Bool
  /// The first one is the command's only one; otherwise all that follows are channels too.
  private let isSingle: Bool

  private init(_ use: Use, isPattern: Bool, isSingle: Bool) {
    self.use = use
    self.isPattern = isPattern
    self.isSingle = isSingle
  }

  /// The argument behind the command's name.
  package static let published = ChannelSpec(.publish, isPattern: false, isSingle: true)

  /// All arguments.
  package static func all(_ use: Use, patterns isPattern: Bool = false) -> ChannelSpec {
    ChannelSpec(use, isPattern: isPattern, isSingle: false)
  }

  /// Their positions in a call of `count` arguments.
  func positions(count: Int) -> Range<Int> { 1..<max(1, isSingle ? min(count, 2) : count) }
}
