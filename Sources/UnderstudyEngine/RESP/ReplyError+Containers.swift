// The error texts of lists, hashes, sets, sorted sets and streams; see ReplyError.swift.

extension ReplyError {
  static var keyCountNotPositive: ReplyError { ReplyError("ERR numkeys should be greater than 0") }
  static var countNotPositive: ReplyError { ReplyError("ERR count should be greater than 0") }
  static var timeoutNotAnInteger: ReplyError { ReplyError("ERR timeout is not an integer or out of range") }
  static var rankZero: ReplyError {
    ReplyError(
      """
      ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start \
      from the end of the list
      """)
  }
  static var notWithinLong: ReplyError {
    ReplyError(
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
  }
  static var negativeCount: ReplyError { ReplyError("ERR COUNT can't be negative") }
  static var negativeMaximumLength: ReplyError { ReplyError("ERR MAXLEN can't be negative") }
}

extension ReplyError {
  static var hashValueNotAnInteger: ReplyError { ReplyError("ERR hash value is not an integer") }
  static var hashValueNotAFloat: ReplyError { ReplyError("ERR hash value is not a float") }
  static var notANumberOrInfinite: ReplyError { ReplyError("ERR value is NaN or Infinity") }
  static var tooManyKeys: ReplyError { ReplyError("ERR Number of keys can't be greater than number of args") }
  static var negativeLimit: ReplyError { ReplyError("ERR LIMIT can't be negative") }
}
