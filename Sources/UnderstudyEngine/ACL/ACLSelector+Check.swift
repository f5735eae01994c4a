// Whether a user may make a call: the command first, by its bit; then its keys, as the declaration finds them; then its
// channels. Only users with some restriction come here (`Gates.restrictedUser`).
//
// This file may say `unsafe`. What keeps it safe: an entry lives as long as its table, arguments are those of the running
// command.

/// Why a call is refused, in the order of what redis-server takes for the better reason.
enum ACLReason: Int {
  case command = 1
  case key = 2
  case authentication = 3
  case channel = 4
}

struct ACLDenial {
  let reason: ACLReason
  /// The argument that is at fault.
  let position: Int
}

extension ACLUserRules {
  /// Why the user may not make a call; nil if it may. Of several selectors' reasons, that of the one that came furthest.
  func denial(of entry: DispatchPointer, _ arguments: Arguments) -> ACLDenial? {
    var keys: [LocatedKey]?
    var result = ACLDenial(reason: .command, position: 0)
    for index in selectors.indices {
      guard let found = unsafe selectors[index].denial(of: entry, arguments, &keys) else { return nil }
      if found.reason.rawValue > result.reason.rawValue
        || (found.reason == result.reason && found.position > result.position)
      {
        result = found
      }
    }
    return result
  }

  /// Whether one selector allows the call and any key whatever besides.
  func allowsEveryKey(_ permissions: KeyPermissions, in entry: DispatchPointer, _ arguments: Arguments)
    -> Bool
  {
    var keys: [LocatedKey]?
    return selectors.contains {
      unsafe $0.allowsEveryKey(permissions) && $0.denial(of: entry, arguments, &keys) == nil
    }
  }
}

extension ACLSelector {
  /// - Parameter keys: the keys of the call, once a selector has asked for them.
  func denial(of entry: DispatchPointer, _ arguments: Arguments, _ keys: inout [LocatedKey]?) -> ACLDenial? {
    if unsafe !allowsEveryCommand && !commands.contains(Int(entry.pointee.identifier))
      && !entry.pointee.flags.contains(.noAuth) && !allowsFirstArgument(of: entry, arguments)
    {
      return ACLDenial(reason: .command, position: 0)
    }
    if !allowsEveryKey {
      let located = unsafe keys ?? entry.pointee.declaration.pointee.locateKeys(arguments)
      keys = located
      for key in located where !allows(arguments[key.position], KeyPermissions(needed: key.access)) {
        return ACLDenial(reason: .key, position: key.position)
      }
    }
    guard !allowsEveryChannel, let channels = unsafe entry.pointee.declaration.pointee.channels,
      channels.use != .unsubscribe
    else { return nil }
    for position in channels.positions(count: arguments.count)
    where !Self.allows(arguments[position], isPattern: channels.isPattern, by: channelPatterns) {
      return ACLDenial(reason: .channel, position: position)
    }
    return nil
  }

  private func allowsFirstArgument(of entry: DispatchPointer, _ arguments: Arguments) -> Bool {
    guard let allowed = unsafe firstArguments[Int(entry.pointee.identifier)], arguments.count > 1 else {
      return false
    }
    let argument = arguments[1].upToZero
    return allowed.contains { $0.withBytes { $0.equalsIgnoringCase(argument) } }
  }

  private func allows(_ key: Bytes, _ needed: KeyPermissions) -> Bool {
    keyPatterns.contains { pattern in
      pattern.permissions.isSuperset(of: needed) && pattern.pattern.withBytes { GlobPattern($0).matches(key) }
    }
  }

  /// Whether it allows any key whatever.
  func allowsEveryKey(_ permissions: KeyPermissions) -> Bool {
    allowsEveryKey
      || keyPatterns.contains {
        $0.permissions.isSuperset(of: permissions) && $0.pattern == [UInt8(ascii: "*")]
      }
  }

  /// Whether channel patterns allow a channel, or, word for word, a pattern to subscribe to.
  static func allows(_ channel: Bytes, isPattern: Bool, by patterns: [[UInt8]]) -> Bool {
    patterns.contains { $0.withBytes { isPattern ? $0 == channel : GlobPattern($0).matches(channel) } }
  }
}
