// What a proxy cannot be asked for: its data and its time are those of the server behind.

extension Context {
  /// Refuses a verb that is about this server's own data or time, if this is a proxy.
  func wantOwnData() throws(ReplyError) {
    if engine.configuration.upstream != nil {
      throw ReplyError("ERR this is a proxy: data, scripts and their time are those of the server behind")
    }
  }
}
