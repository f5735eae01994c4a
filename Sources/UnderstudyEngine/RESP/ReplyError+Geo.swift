// The error texts of geography; see ReplyError.swift.

extension ReplyError {
  static var unknownUnit: ReplyError { ReplyError("ERR unsupported unit provided. please use M, KM, FT, MI") }
  static var radiusNotANumber: ReplyError { ReplyError("ERR need numeric radius") }
  static var radiusNegative: ReplyError { ReplyError("ERR radius cannot be negative") }
  static var widthNotANumber: ReplyError { ReplyError("ERR need numeric width") }
  static var heightNotANumber: ReplyError { ReplyError("ERR need numeric height") }
  static var boxNegative: ReplyError { ReplyError("ERR height or width cannot be negative") }
  static var noSuchMember: ReplyError { ReplyError("ERR could not decode requested zset member") }
  static var searchCountNotPositive: ReplyError { ReplyError("ERR COUNT must be > 0") }
  static var anyWithoutCount: ReplyError { ReplyError("ERR the ANY argument requires COUNT argument") }
  static var searchStoreShows: ReplyError {
    ReplyError("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
  }
  static var radiusStoreShows: ReplyError {
    ReplyError("ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
  }
}
