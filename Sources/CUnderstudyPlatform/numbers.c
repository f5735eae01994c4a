// Text of floating point numbers: the few conversions that Swift's standard library does not have (hexadecimal and
// range-checked input as strtod does it, %g with a fixed number of digits, long double arithmetic).
//
// A host program may have called setlocale, and then strtod and printf would want a decimal comma. Every entry point
// switches the calling thread to the "C" locale for its own duration.
#define _GNU_SOURCE 1
#include "CUnderstudyPlatform.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

// If the locale could not be made (out of memory), the thread keeps its own: a wrong point at worst.
static locale_t enter_c_locale(void) {
  pthread_once(&c_locale_once, make_c_locale);
  return c_locale ? uselocale(c_locale) : (locale_t)0;
}

static void leave_c_locale(locale_t previous) {
  if (previous) uselocale(previous);
}

int understudy_parse_double(const char *text, size_t count, int mode, double *value) {
  char local[256];
  char *copy = local;
  if (count >= sizeof(local)) {
    copy = malloc(count + 1);
    if (!copy) return 0;
  }
  if (count) memcpy(copy, text, count);
  copy[count] = 0;
  locale_t previous = enter_c_locale();
  char *end = copy;
  errno = 0;
  double result = strtod(copy, &end);
  int error = errno;
  leave_c_locale(previous);
  int ok;
  if (mode == UNDERSTUDY_PARSE_BOUND) {
    ok = *end == 0 && !isnan(result);
  } else if (mode == UNDERSTUDY_PARSE_WEIGHT) {
    ok = *end == 0 && !isnan(result) && error != ERANGE;
  } else {
    int out_of_range = error == ERANGE && (isinf(result) || result == 0);
    ok = count > 0 && !isspace((unsigned char)copy[0]) && end == copy + count && !out_of_range && !isnan(result);
  }
  if (copy != local) free(copy);
  if (ok) *value = result;
  return ok;
}

size_t understudy_format_double(double value, int digits, char *out) {
  char text[40];
  locale_t previous = enter_c_locale();
  int count = snprintf(text, sizeof(text), "%.*g", digits, value);
  leave_c_locale(previous);
  if (count < 0) return 0;
  size_t length = (size_t)count > 32 ? 32 : (size_t)count;
  memcpy(out, text, length);
  return length;
}

size_t understudy_format_fixed(double value, int decimals, char *out) {
  char text[340];
  locale_t previous = enter_c_locale();
  int count = snprintf(text, sizeof(text), "%.*f", decimals, value);
  leave_c_locale(previous);
  if (count < 0) return 0;
  size_t length = (size_t)count > 330 ? 330 : (size_t)count;
  memcpy(out, text, length);
  return length;
}

static size_t format_plain(long double value, char *out) {
  locale_t previous = enter_c_locale();
  int count = snprintf(out, UNDERSTUDY_LONG_DOUBLE_CAPACITY, "%.17Lf", value);
  leave_c_locale(previous);
  if (count < 0 || count >= UNDERSTUDY_LONG_DOUBLE_CAPACITY) return 0;
  size_t length = (size_t)count;
  if (memchr(out, '.', length)) {
    while (out[length - 1] == '0') length--;
    if (out[length - 1] == '.') length--;
  }
  if (length == 2 && out[0] == '-' && out[1] == '0') {
    out[0] = '0';
    length = 1;
  }
  return length;
}

size_t understudy_format_plain(double value, char *out) { return format_plain((long double)value, out); }

static int parse_long_double(const char *text, size_t count, char *copy, long double *value) {
  if (count == 0 || count >= UNDERSTUDY_LONG_DOUBLE_CAPACITY) return 0;
  memcpy(copy, text, count);
  copy[count] = 0;
  locale_t previous = enter_c_locale();
  char *end = copy;
  errno = 0;
  long double result = strtold(copy, &end);
  int error = errno;
  leave_c_locale(previous);
  int out_of_range = error == ERANGE && (isinf(result) || result == 0);
  if (isspace((unsigned char)copy[0]) || end != copy + count || out_of_range || isnan(result)) return 0;
  *value = result;
  return 1;
}

int understudy_classify_long_double(const char *text, size_t count) {
  char copy[UNDERSTUDY_LONG_DOUBLE_CAPACITY];
  long double value = 0;
  if (!parse_long_double(text, count, copy, &value)) return UNDERSTUDY_NUMBER_INVALID;
  return isinf(value) ? UNDERSTUDY_NUMBER_INFINITE : UNDERSTUDY_NUMBER_FINITE;
}

long understudy_sum_long_doubles(
    const char *value, size_t value_count, const char *increment, size_t increment_count, char *out) {
  long double left = 0, right = 0;
  // `out` has the capacity for the terminated copy of either text, and is free until the sum is written.
  int right_ok = parse_long_double(increment, increment_count, out, &right);
  if (!right_ok) return UNDERSTUDY_SUM_BAD_INCREMENT;
  if (value && !parse_long_double(value, value_count, out, &left)) return UNDERSTUDY_SUM_BAD_VALUE;
  long double sum = left + right;
  if (isnan(sum) || isinf(sum)) return UNDERSTUDY_SUM_NOT_FINITE;
  size_t length = format_plain(sum, out);
  return length ? (long)length : UNDERSTUDY_SUM_NOT_FINITE;
}

double understudy_sin(double angle) { return sin(angle); }
double understudy_cos(double angle) { return cos(angle); }
double understudy_asin(double value) { return asin(value); }
