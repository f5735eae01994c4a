// What handlers ask of client-side caching.
//
// This file may say `unsafe`. What keeps it safe: a context lives within one command of its session, under the lock.

extension Context {
  func startTracking(_ mode: TrackingMode) { unsafe Dispatcher(state: state).startTracking(sessionPointer, mode) }

  func stopTracking() { unsafe Dispatcher(state: state).stopTracking(sessionPointer) }
}
