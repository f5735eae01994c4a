// Recordings: the traffic of an endpoint as text, and its replay. A handle names the endpoint; what was recorded is kept by
// the engine until it is stopped, and by the transcript from then on.

internal import UnderstudyEngine

/// The recording of an endpoint that is under way.
///
/// ```swift
/// let server = try await RedisServer.start()
/// let service = try server.endpoint("svc-a")
/// let recording = try service.record()
/// // … the code under test, with service.url …
/// print(try recording.stop())
/// ```
public struct Recording: Sendable {
  let server: RedisServer
  /// The name of the endpoint.
  public let endpoint: String

  /// What has been recorded so far.
  ///
  /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/invalidOption(_:)`` if there is no recording any more.
  public func transcript() throws(RedisServerError) -> Transcript {
    let endpoint = endpoint
    return try server.withEngine { engine throws(EndpointRefusal) in
      guard let text = engine.recording(of: endpoint) else { throw EndpointRefusal("nothing was recorded at '\(endpoint)'") }
      return Transcript(text: text.text)
    }
  }

  /// Ends the recording.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if it has been ended already; ``RedisServerError/notRunning``.
  @discardableResult
  public func stop() throws(RedisServerError) -> Transcript {
    let endpoint = endpoint
    try server.withEngine { engine throws(EndpointRefusal) in
      do throws(RecordingRefusal) { _ = try engine.stopRecording(endpoint) } catch { throw EndpointRefusal(error.reason) }
    }
    return try transcript()
  }
}

/// What was recorded, as text: the requests, replies and pushes of an endpoint, in the language of the conformance suite.
public struct Transcript: Sendable, Hashable, CustomStringConvertible {
  /// The text. It can be written to a file, compared line by line, and given to `understudy-conformance replay`.
  public let text: String

  /// A transcript that was kept, from its text.
  public init(text: String) { self.text = text }

  /// The text.
  public var description: String { text }

  /// Sends the requests again, to a server of this process, on as many connections, in the order in which they were
  /// recorded; and compares the replies. What the requests change is changed.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if the text is no recording, or the server is a proxy;
  ///   ``RedisServerError/busy`` while a script runs there; ``RedisServerError/notRunning``.
  public func replay(on server: RedisServer) throws(RedisServerError) -> ReplayReport {
    let text = Array(text.utf8)
    let outcome: UnderstudyEngine.ReplayReport? = try server.withEngine { engine throws(EndpointRefusal) in
      if engine.isProxy { throw EndpointRefusal("a proxy has nothing to replay into: use understudy-conformance replay") }
      if engine.isMidCommand { return nil }
      do throws(TranscriptError) { return try engine.replay(text) } catch {
        throw EndpointRefusal("line \(error.line) of the recording: \(error.reason)")
      }
    }
    guard let outcome else { throw .busy }
    return ReplayReport(outcome)
  }
}

/// What came of a replay.
public struct ReplayReport: Sendable, CustomStringConvertible {
  /// A reply that was another one than the recorded.
  public struct Difference: Sendable, Hashable, CustomStringConvertible {
    /// The line of the transcript, from 1.
    public let line: Int
    /// The connection's name in the transcript.
    public let connection: String
    /// The latest request of the connection.
    public let request: String
    /// The reply that was recorded, as the transcript writes it.
    public let expected: String
    /// The reply that came.
    public let came: String

    /// The difference in one sentence.
    public var description: String { "line \(line), \(connection): \(request): expected \(expected), came \(came)" }
  }

  /// How many requests were sent.
  public let requests: Int
  /// How many replies and pushes were compared.
  public let replies: Int
  /// How many of them were other ones.
  public let differenceCount: Int
  /// The first hundred of them.
  public let differences: [Difference]

  init(_ report: UnderstudyEngine.ReplayReport) {
    requests = report.requests
    replies = report.replies
    differenceCount = report.differenceCount
    differences = report.differences.map {
      Difference(line: $0.line, connection: $0.connection, request: $0.request, expected: $0.expected, came: $0.came)
    }
  }

  /// The counts, and the differences a line each.
  public var description: String {
    let head = "\(requests) requests, \(replies) replies, \(differenceCount) differences"
    return ([head] + differences.map(\.description)).joined(separator: "\n")
  }
}

extension RedisServer.Endpoint {
  /// Records what clients of this endpoint say and what they are answered, from now on.
  ///
  /// - Parameter limit: how many bytes of text are kept; what comes behind that is counted only.
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if it is being recorded already; ``RedisServerError/notRunning``.
  public func record(limit: Int = 8 << 20) throws(RedisServerError) -> Recording {
    let name = name
    try server.withEngine { engine throws(EndpointRefusal) in
      do throws(RecordingRefusal) { try engine.startRecording(name, limit: limit) } catch { throw EndpointRefusal(error.reason) }
    }
    return Recording(server: server, endpoint: name)
  }
}
