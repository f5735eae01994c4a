// What a case speaks through: a live server, or the replies that were recorded from one.

internal import UnderstudyTestSupport

/// Something that takes bytes and gives frames.
package protocol Wire: AnyObject {
  var server: ServerIdentity { get }
  /// True if nobody is asked: the replies were recorded.
  var isRecorded: Bool { get }
  /// Begins a case: an empty database, no connections.
  func begin(_ job: Job) throws(WireError)
  /// Ends a case: connections are closed, what it changed is restored.
  func end(_ finally: [[[UInt8]]])
  func open(_ connection: String, isRaw: Bool) throws(WireError)
  func send(_ bytes: [UInt8], _ connection: String) throws(WireError)
  /// The next frame, as it stood on the wire.
  func receive(_ connection: String) throws(WireError) -> [UInt8]
  /// Round trips on another connection, after which the server has read all that was sent before.
  func settle() throws(WireError)
  func hasInput(_ connection: String) throws(WireError) -> Bool
  /// Waits until the server closes; gives what came before.
  func receiveUntilClosed(_ connection: String) throws(WireError) -> [UInt8]
  func finish(_ connection: String, _ ending: Step.Ending)
  func configure(_ name: String, _ value: [UInt8]) throws(WireError)
  /// A little time to pass before a request is sent again.
  func pause(_ connection: String) throws(WireError)
  /// What came on a connection and belongs to no reply that was awaited; asked before the case ends.
  func surplus(_ connection: String) throws(WireError) -> [UInt8]?
  var milliseconds: Int64 { get }
  var variables: [String: [UInt8]] { get }
}

/// Why a case cannot go on.
package struct WireError: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}

/// One run of one case.
package struct Job: Sendable {
  package var file: CaseFile
  package var number: Int
  package var resp: RESPVersion

  package init(file: CaseFile, number: Int, resp: RESPVersion) {
    self.file = file
    self.number = number
    self.resp = resp
  }

  package var item: Case { file.cases[number] }
}
