// RESET: a session as it was when its connection was new. Whoever adds state to `Session` that a client can set asks the
// real server whether RESET undoes it, and says so here.
//
// This file may say `unsafe`. What keeps it safe: a context lives within one command of its session, under the lock.

extension Context {
  /// What RESET undoes: transaction, watches, subscriptions, name, database, protocol, tracking, authentication.
  func resetSession() {
    let dispatcher = unsafe Dispatcher(state: state)
    unsafe dispatcher.discardTransaction(sessionPointer)
    unsafe dispatcher.unsubscribeAll(sessionPointer)
    unsafe dispatcher.stopMonitoring(sessionPointer)
    unsafe dispatcher.stopTracking(sessionPointer)
    session.database = 0
    session.protocolVersion = 2
    session.flags.subtract([.replyOff, .replySkip, .replySkipNext, .noEvict, .noTouch])
    session.gates.subtract(.replyControl)
    session.extras?.name = []
    unsafe engine.beginAsDefaultUser(sessionPointer)
  }
}
