// ScriptingState: what one engine knows of scripts.

struct ScriptingState {
  /// Whether the running script is over its time limit, so that others are told BUSY instead of waiting.
  var isBusyAnnounced = false
}

extension Dispatcher {
  /// A session that started a suspended script is going away: the script runs on, its reply goes nowhere.
  func releaseScript(_ session: SessionPointer) {}
}
