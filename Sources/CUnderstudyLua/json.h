// cjson's settings, shared by its two halves. They belong to the engine and go back to their defaults with
// every script.
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

typedef struct {
  /// Sparse arrays become objects instead of an error.
  bool sparse_convert;
  /// An array is too sparse if its last index is above `sparse_safe` and above this many times its elements;
  /// 0: never.
  int sparse_ratio, sparse_safe;
  int encode_depth, decode_depth;
  /// Significant digits of numbers.
  int precision;
  bool keep_buffer;
  /// NaN and infinities: refused, written, written as null.
  enum { json_refuse, json_allow, json_null } encode_invalid;
  bool decode_invalid;
} json_settings;

#endif
