// The gate of restricted users, at each of its places: a request (also one that MULTI queues), a queued request that EXEC
// runs, a script's call. A refusal is kept for ACL LOG; the words differ by place and by version.
//
// This file may say `unsafe`. What keeps it safe: everything here runs under the engine's lock, within one batch.

extension Dispatcher {
  /// Why the session's user may not make a call, after that has been noted; nil if it may.
  @inline(never)
  func denial(_ session: SessionPointer, _ entry: DispatchPointer, _ arguments: Arguments) -> ACLDenial? {
    guard let denial = unsafe state.pointee.user(of: session).rules.denial(of: entry, arguments) else {
      return nil
    }
    let object =
      unsafe denial.reason == .command
      ? Array(entry.pointee.name.utf8) : arguments[denial.position].copied()
    unsafe state.pointee.noteDenial(denial.reason, object: object, by: session)
    return denial
  }

  /// What a client is told whose request is refused.
  func text(of denial: ACLDenial, _ session: SessionPointer, _ entry: DispatchPointer) -> [UInt8] {
    Array("NOPERM ".utf8) + (unsafe state.pointee.reason(denial, user(session), entry))
  }

  private func user(_ session: SessionPointer) -> [UInt8] { unsafe state.pointee.user(of: session).name }

  /// What takes the place of a queued request's reply, whose user has lost the permission since.
  func queuedText(of denial: ACLDenial) -> String {
    let reason =
      switch denial.reason {
      case .command: "no permission to execute the command or subcommand"
      case .key: "no permission to touch the specified keys"
      case .channel: "no permission to access one of the channels used as arguments"
      case .authentication: "no permission"
      }
    return """
      NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is \
      no longer allowed for the following reason: \(reason)
      """
  }

  /// What a script reads, which may not do what its caller may not.
  func scriptText(of denial: ACLDenial, _ session: SessionPointer, _ entry: DispatchPointer) -> [UInt8] {
    if unsafe state.pointee.emulates72 {
      return Array("ERR ACL failure in script: ".utf8)
        + (unsafe state.pointee.reason(denial, user(session), entry))
    }
    let reason =
      switch denial.reason {
      case .command, .authentication: "run this command or subcommand"
      case .key: "access at least one of the keys mentioned in the command arguments"
      case .channel: "publish to the channel mentioned in the command"
      }
    return Array("ERR The user executing the script can't \(reason)".utf8)
  }
}

extension EngineState {
  /// Why a call is refused, without a code.
  fileprivate func reason(_ denial: ACLDenial, _ user: [UInt8], _ entry: DispatchPointer) -> [UInt8] {
    if emulates72 {
      switch denial.reason {
      case .key: return Array("No permissions to access a key".utf8)
      case .channel: return Array("No permissions to access a channel".utf8)
      case .command, .authentication: return unsafe commandReason(user, entry)
      }
    }
    switch denial.reason {
    case .key: return Array("this user has no permissions to access one of the keys used as arguments".utf8)
    case .channel:
      return Array("this user has no permissions to access one of the channels used as arguments".utf8)
    case .command, .authentication:
      return Array((unsafe "this user has no permissions to run the '\(entry.pointee.name)' command").utf8)
    }
  }

  /// The same in full, as ACL DRYRUN tells it.
  func fullReason(_ denial: ACLDenial, _ user: [UInt8], _ entry: DispatchPointer, _ call: Arguments)
    -> [UInt8]
  {
    let who = emulates72 ? Array("User ".utf8) + user : Array("This user".utf8)
    guard denial.reason != .command else {
      return who + Array((unsafe " has no permissions to run the '\(entry.pointee.name)' command").utf8)
    }
    let kind = denial.reason == .key ? "key" : "channel"
    return who + Array(" has no permissions to access the '".utf8) + call[denial.position].upToZero.copied()
      + Array("' \(kind)".utf8)
  }

  private func commandReason(_ user: [UInt8], _ entry: DispatchPointer) -> [UInt8] {
    Array("User ".utf8) + user
      + Array((unsafe " has no permissions to run the '\(entry.pointee.name)' command").utf8)
  }
}
