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

/// Of the deadlines of fields.
extension ReplyError {
  static var fieldsMissing: ReplyError {
    ReplyError("ERR Mandatory argument FIELDS is missing or not at the right position")
  }
  static var fieldCountNotPositive: ReplyError { ReplyError("ERR Number of fields must be a positive integer") }
  static var fieldCountNotAboveZero: ReplyError { ReplyError("ERR Parameter `numFields` should be greater than 0") }
  static var fieldCountDiffers: ReplyError {
    ReplyError("ERR The `numfields` parameter must match the number of arguments")
  }
  static var fieldCountInvalid: ReplyError { ReplyError("ERR invalid number of fields") }
  static var fieldDeadlineNegative: ReplyError { ReplyError("ERR invalid expire time, must be >= 0") }
  static var fieldDeadlineMissing: ReplyError { ReplyError("ERR missing expire time") }
  static var severalFieldExpiries: ReplyError {
    ReplyError("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")
  }
  static var severalFieldConditions: ReplyError {
    ReplyError("ERR Only one of FXX or FNX arguments can be specified")
  }
}

extension ReplyError {
  static var onlyNewAndPresent: ReplyError {
    ReplyError("ERR XX and NX options at the same time are not compatible")
  }
  static var greaterLessAndNew: ReplyError {
    ReplyError("ERR GT, LT, and/or NX options at the same time are not compatible")
  }
  static var incrementOfOne: ReplyError { ReplyError("ERR INCR option supports a single increment-element pair") }
  static var scoreNotANumber: ReplyError { ReplyError("ERR resulting score is not a number (NaN)") }
  static var scoreBoundNotAFloat: ReplyError { ReplyError("ERR min or max is not a float") }
  static var lexBoundInvalid: ReplyError { ReplyError("ERR min or max not valid string range item") }
  static var limitWithoutKind: ReplyError {
    ReplyError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
  }
  static var withScoresByLex: ReplyError {
    ReplyError("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
  }
  static var weightNotAFloat: ReplyError { ReplyError("ERR weight value is not a float") }
}
