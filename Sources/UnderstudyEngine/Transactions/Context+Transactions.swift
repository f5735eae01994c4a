// What the handlers of transactions ask of the dispatcher.
//
// This file may say `unsafe`. What keeps it safe: it only passes the context's own pointers on.

extension Context {
  private var dispatcher: Dispatcher { unsafe Dispatcher(state: state) }

  func beginTransaction() { unsafe dispatcher.begin(sessionPointer) }
  func discardTransaction() { unsafe dispatcher.discardTransaction(sessionPointer) }
  func executeTransaction() -> CommandOutcome { unsafe dispatcher.execute(sessionPointer, output: output) }
  func hasExpiredWatch() -> Bool { unsafe dispatcher.hasExpiredWatch(sessionPointer) }
  func watch(_ key: Key) { unsafe dispatcher.watch(sessionPointer, key) }
  func unwatchAll() { unsafe dispatcher.unwatchAll(sessionPointer) }
}
