// Playing another server: one that is a replica, or that loads its data; and where redirections lead.
//
// The texts are those of redis-server 7.0.15.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension EngineState {
  /// Whether a command notices that its server plays a role.
  func plays(_ role: FaultAction.Role, _ subject: FaultSubject) -> Bool {
    guard let entry = unsafe subject.entry else { return false }
    let (flags, name) = unsafe (entry.pointee.flags, entry.pointee.name)
    switch role {
    case .loading: return !flags.contains(.loading)
    case .replica: return flags.contains(.write) || ["role", "info", "hello", "eval", "evalsha", "fcall"].contains(name)
    }
  }

  /// Where a redirection leads, as `host:port`.
  func address(of target: FaultTarget) -> String {
    let found = lab.endpoint(named: target.text)
    if case .address(let text) = target, found == nil { return text }
    let host = configuration.bindAddresses.first.map { $0.hasPrefix("-") ? String($0.dropFirst()) : $0 } ?? ""
    let isEverywhere = ["", "*", "::*", "0.0.0.0", "::"].contains(host)
    let number = found ?? 0
    let port = number == 0 ? configuration.port : lab.endpoints[number].port ?? 0
    return "\(isEverywhere ? "127.0.0.1" : host):\(port)"
  }
}

extension Dispatcher {
  /// Answers as a server in that role does.
  func play(_ role: FaultAction.Role, _ session: SessionPointer, _ subject: FaultSubject, _ reply: Reply) {
    if role == .loading {
      unsafe refuse(session, subject.entry)
      return reply.error("LOADING Redis is loading the dataset in memory")
    }
    if unsafe subject.entry?.pointee.name == "role" {
      reply.array(5)
      reply.bulk("slave")
      reply.bulk("127.0.0.1")
      reply.integer(unsafe state.pointee.configuration.port)
      reply.bulk("connected")
      reply.integer(0)
      return
    }
    unsafe refuse(session, subject.entry)
    reply.error("READONLY You can't write against a read only replica.")
  }

  /// Has INFO and HELLO speak as a replica's.
  func disguise(
    _ session: SessionPointer, _ subject: FaultSubject, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int
  ) {
    unsafe output.pointee.flatten(from: mark)
    var text = unsafe output.pointee.bytes.slice(mark..<output.pointee.count).copied()
    unsafe output.pointee.rewind(to: mark)
    if unsafe subject.entry?.pointee.name == "hello" {
      text.replace("$6\r\nmaster\r\n", with: "$7\r\nreplica\r\n")
      return text.withBytes { unsafe output.pointee.append($0) }
    }
    guard text.first == UInt8(ascii: "$") || text.first == UInt8(ascii: "="), let end = text.firstIndex(of: 10) else {
      return text.withBytes { unsafe output.pointee.append($0) }
    }
    var body = Array(text[(end + 1)...].dropLast(2))
    let port = unsafe state.pointee.configuration.port
    body.replace(
      "role:master\r\n", with: "role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:\(port)\r\nmaster_link_status:up\r\n")
    let head = [text[0]] + Array("\(body.count)\r\n".utf8)
    (head + body + [13, 10]).withBytes { unsafe output.pointee.append($0) }
  }
}

extension [UInt8] {
  /// Puts a text in place of another one's first occurrence.
  fileprivate mutating func replace(_ old: String, with new: String) {
    let old = Array(old.utf8)
    guard count >= old.count else { return }
    for start in 0...(count - old.count) where self[start..<(start + old.count)].elementsEqual(old) {
      replaceSubrange(start..<(start + old.count), with: Array(new.utf8))
      return
    }
  }
}
