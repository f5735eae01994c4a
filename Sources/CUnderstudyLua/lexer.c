// Rewriting 5.1 source for the 5.4 compiler. Purely lexical: tokens are found, a few are replaced, everything
// between them stays, and so do line numbers.
//
//   a .. b .. c   → (""):__join(a , b , (c))   10/2 .. '' must be 5, not 5.0 (concat.c)
//   '\q' '\x41'   → 'q' 'x41'                  escapes that 5.1 does not know stand for their letter
//   goto          → _goto                      was a name like any other
//   9007199254740993 → …992.0                  5.1's numbers are doubles
//   // << >> :: & | ~ <const>                  are made errors, as they were
//
// `..` is rewritten wherever an operand is not a literal, also for safety: the VM of 5.4.4 writes through a
// dangling pointer when a __concat metamethod makes the stack move (seen with Debian's library), and any
// script could do that.

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"

typedef enum { token_name, token_number, token_string, token_long, token_operator } token_kind;

typedef struct {
  size_t start, end;
  token_kind kind;
  /// How many rewritten chains of `..` begin in front of this token, and end behind it.
  unsigned opens, closes;
  /// For `..`: 1 becomes a comma, 2 the comma before the last operand.
  unsigned separator;
} token;

typedef struct {
  lua_State *L;
  const char *text;
  size_t count;
  // The tokens, in a userdata at `slot`.
  token *tokens;
  size_t used, capacity;
  int slot;
} lexer;

static char at(const lexer *x, size_t i) { return i < x->count ? x->text[i] : 0; }

static void add(lexer *x, token_kind kind, size_t start, size_t end) {
  if (x->used == x->capacity) {
    size_t capacity = x->capacity ? x->capacity * 2 : 64;
    token *moved = lua_newuserdatauv(x->L, capacity * sizeof *moved, 0);
    if (x->used) memcpy(moved, x->tokens, x->used * sizeof *moved);
    lua_replace(x->L, x->slot);
    x->tokens = moved;
    x->capacity = capacity;
  }
  x->tokens[x->used++] = (token){start, end, kind, 0, 0, 0};
}

// Behind a long bracket that opens at i, or 0: there is none, or it does not end.
static size_t long_bracket(const lexer *x, size_t i) {
  size_t level = 0, p = i + 1;
  while (at(x, p) == '=') level++, p++;
  if (at(x, p) != '[') return 0;
  for (p++; p < x->count; p++) {
    if (x->text[p] != ']') continue;
    size_t closing = 0, q = p + 1;
    while (at(x, q) == '=') closing++, q++;
    if (closing == level && at(x, q) == ']') return q + 1;
  }
  return 0;
}

static size_t quoted(const lexer *x, size_t i) {
  char quote = x->text[i];
  for (i++; i < x->count && x->text[i] != quote; i++) {
    if (x->text[i] == '\n' || x->text[i] == '\r') return 0;
    if (x->text[i] == '\\') {
      i++;
      if (at(x, i) == '\r' && at(x, i + 1) == '\n') i++;
    }
  }
  return i < x->count ? i + 1 : 0;
}

static size_t numeral(const lexer *x, size_t i) {
  bool hexadecimal = x->text[i] == '0' && (at(x, i + 1) | 0x20) == 'x';
  while (i < x->count) {
    char c = x->text[i];
    char exponent = hexadecimal ? 'p' : 'e';
    if ((c | 0x20) == exponent && (at(x, i + 1) == '+' || at(x, i + 1) == '-')) i += 2;
    else if (isalnum((unsigned char)c) || c == '.' || c == '_') i++;
    else break;
  }
  return i;
}

static size_t operator_length(const lexer *x, size_t i) {
  static const char *const operators[] = {"...", "..", "==", "~=", "<=", ">=", "::", "//", "<<", ">>"};
  for (size_t k = 0; k < sizeof operators / sizeof *operators; k++) {
    size_t length = strlen(operators[k]);
    if (x->count - i >= length && memcmp(x->text + i, operators[k], length) == 0) return length;
  }
  return 1;
}

// Finds all tokens; answers where it had to give up (the compiler will say why), or the end.
static size_t tokenize(lexer *x) {
  size_t i = 0;
  while (i < x->count) {
    char c = x->text[i];
    size_t end;
    if (isspace((unsigned char)c)) {
      i++;
    } else if (c == '-' && at(x, i + 1) == '-') {
      if (at(x, i + 2) == '[' && (at(x, i + 3) == '[' || at(x, i + 3) == '=') &&
          (end = long_bracket(x, i + 2)) != 0) {
        i = end;
      } else {
        while (i < x->count && x->text[i] != '\n' && x->text[i] != '\r') i++;
      }
    } else if (isalpha((unsigned char)c) || c == '_') {
      for (end = i; end < x->count && (isalnum((unsigned char)x->text[end]) || x->text[end] == '_');) end++;
      add(x, token_name, i, end);
      i = end;
    } else if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)at(x, i + 1)))) {
      end = numeral(x, i);
      add(x, token_number, i, end);
      i = end;
    } else if (c == '"' || c == '\'') {
      if ((end = quoted(x, i)) == 0) return i;
      add(x, token_string, i, end);
      i = end;
    } else if (c == '[' && (at(x, i + 1) == '[' || at(x, i + 1) == '=')) {
      if ((end = long_bracket(x, i)) == 0) {
        if (at(x, i + 1) == '[') return i;
        end = i + 1;
        add(x, token_operator, i, end);
      } else {
        add(x, token_long, i, end);
      }
      i = end;
    } else {
      end = i + operator_length(x, i);
      add(x, token_operator, i, end);
      i = end;
    }
  }
  return x->count;
}

static bool is(const lexer *x, size_t i, const char *text) {
  if (i >= x->used) return false;
  const token *t = &x->tokens[i];
  size_t length = strlen(text);
  return t->end - t->start == length && memcmp(x->text + t->start, text, length) == 0;
}

// ---- Chains of `..`

static bool is_text(const lexer *x, size_t i) {
  return i < x->used && (x->tokens[i].kind == token_string || x->tokens[i].kind == token_long);
}

static bool is_one_of(const lexer *x, size_t i, const char *const *words) {
  for (; *words; words++)
    if (is(x, i, *words)) return true;
  return false;
}

static bool is_keyword(const lexer *x, size_t i) {
  static const char *const keywords[] = {
    "and", "break", "do", "else", "elseif", "end", "for", "function", "if", "in", "local", "or", "repeat", "return",
    "then", "until", "while", NULL,
  };
  return is_one_of(x, i, keywords);
}

// A single character operator among `set`.
static bool is_sign(const lexer *x, size_t i, const char *set) {
  if (i >= x->used || x->tokens[i].kind != token_operator) return false;
  const token *t = &x->tokens[i];
  return t->end - t->start == 1 && strchr(set, x->text[t->start]) != NULL;
}

#define NOWHERE ((size_t)-1)

// The other end of the bracket at i, forwards or backwards.
static size_t matching(const lexer *x, size_t i, bool forwards) {
  long depth = 0;
  for (; i < x->used; i = forwards ? i + 1 : i - 1) {
    if (is_sign(x, i, "([{")) depth += forwards ? 1 : -1;
    else if (is_sign(x, i, ")]}")) depth += forwards ? -1 : 1;
    if (depth == 0) return i;
  }
  return NOWHERE;
}

// The other end of a block: `function` … `end`.
static size_t matching_block(const lexer *x, size_t i, bool forwards) {
  static const char *const openers[] = {"function", "if", "do", "repeat", NULL};
  static const char *const closers[] = {"end", "until", NULL};
  long depth = 0;
  for (; i < x->used; i = forwards ? i + 1 : i - 1) {
    if (x->tokens[i].kind != token_name) continue;
    if (is_one_of(x, i, openers)) depth += forwards ? 1 : -1;
    else if (is_one_of(x, i, closers)) depth += forwards ? -1 : 1;
    if (depth == 0) return i;
  }
  return NOWHERE;
}

// Where the operand on the left of the `..` at i begins. An expression never stands at the start of a
// statement, so something that is no part of an operand always comes first.
static size_t left_operand(const lexer *x, size_t i) {
  while (i > 0) {
    size_t previous = i - 1;
    if (x->tokens[previous].kind == token_name) {
      if (is(x, previous, "end")) previous = matching_block(x, previous, false);
      else if (is_keyword(x, previous)) break;
    } else if (x->tokens[previous].kind == token_operator) {
      if (is_sign(x, previous, ")]}")) previous = matching(x, previous, false);
      else if (!is_sign(x, previous, ".:+-*/%^#") && !is(x, previous, "...")) break;
    }
    if (previous == NOWHERE) return NOWHERE;
    i = previous;
  }
  return i;
}

// Behind a name or a bracket: fields, indices and calls.
static size_t suffixes(const lexer *x, size_t p) {
  for (;;) {
    if (is_sign(x, p, ".:") && p + 1 < x->used && x->tokens[p + 1].kind == token_name) p += 2;
    else if (is_text(x, p)) p++;
    else if (is_sign(x, p, "[({")) {
      if ((p = matching(x, p, true)) == NOWHERE) return NOWHERE;
      p++;
    } else {
      return p;
    }
  }
}

// Behind the operand on the right of the `..` at i.
static size_t right_operand(const lexer *x, size_t i) {
  size_t p = i + 1;
  for (;;) {
    while (is_sign(x, p, "-#") || is(x, p, "not")) p++;
    if (p >= x->used) return NOWHERE;
    if (is(x, p, "function")) {
      if ((p = matching_block(x, p, true)) == NOWHERE) return NOWHERE;
      p++;
    } else if (x->tokens[p].kind == token_name) {
      if (is_keyword(x, p)) return NOWHERE;
      p = suffixes(x, p + 1);
    } else if (x->tokens[p].kind != token_operator || is(x, p, "...")) {
      p++;
    } else if (is_sign(x, p, "({")) {
      bool grouped = is_sign(x, p, "(");
      if ((p = matching(x, p, true)) == NOWHERE) return NOWHERE;
      p = grouped ? suffixes(x, p + 1) : p + 1;
    } else {
      return NOWHERE;
    }
    if (p == NOWHERE || !is_sign(x, p, "+-*/%^")) return p;
    p++;
  }
}

// Marks the chain whose first `..` is at i, unless it has literals only or is no expression.
static bool mark_chain(lexer *x, size_t i) {
  size_t first = left_operand(x, i), op = i, end = NOWHERE;
  if (first == NOWHERE || first == i) return false;
  bool literal = is_text(x, i - 1) && first == i - 1;
  while (is(x, op, "..")) {
    x->tokens[op].separator = 1;
    end = right_operand(x, op);
    if (end == NOWHERE || end == op + 1) break;
    literal = literal && is_text(x, op + 1) && end == op + 2;
    i = op;
    op = end;
  }
  if (end == NOWHERE) return false;
  if (literal) {
    for (size_t k = first; k < end; k++) x->tokens[k].separator = 3;
    return false;
  }
  x->tokens[first].opens++;
  x->tokens[i].separator = 2;
  x->tokens[end - 1].closes++;
  return true;
}

// ---- Writing

static void put_string(luaL_Buffer *out, const char *text, size_t count, bool *changed) {
  for (size_t i = 0; i < count; i++) {
    if (text[i] == '\\' && i + 1 < count) {
      char c = text[i + 1];
      if (strchr("abfnrtv\\\"'\n\r", c) == NULL && !isdigit((unsigned char)c)) {
        *changed = true;
        continue;
      }
      luaL_addchar(out, text[i++]);
    }
    luaL_addchar(out, text[i]);
  }
}

// A whole number from 2^53 on becomes a float, rounded as 5.1 rounded it.
static void put_number(luaL_Buffer *out, const char *text, size_t count, bool *changed) {
  char copy[64], rewritten[80], *end;
  bool hexadecimal = count > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
  if (count >= 16 && count < sizeof copy && memchr(text, '.', count) == NULL) {
    memcpy(copy, text, count);
    copy[count] = 0;
    double value = strtod(copy, &end);
    bool whole = hexadecimal ? strpbrk(copy, "pP") == NULL : strpbrk(copy, "eE") == NULL;
    if (*end == 0 && whole && value >= 9007199254740992.0) {
      int length = snprintf(rewritten, sizeof rewritten, "%.17g", value);
      luaL_addlstring(out, rewritten, (size_t)length);
      if (strpbrk(rewritten, ".e") == NULL) luaL_addlstring(out, ".0", 2);
      *changed = true;
      return;
    }
  }
  luaL_addlstring(out, text, count);
}

// Operators that 5.1 did not have. Those of two letters fall apart; others become control characters, which
// no compiler takes; `bridge_translate_top` turns them back in the message.
static const char *replaced_operator(const char *text, size_t count) {
  if (count == 2) {
    if (memcmp(text, "//", 2) == 0) return "/ /";
    if (memcmp(text, "<<", 2) == 0) return "< <";
    if (memcmp(text, ">>", 2) == 0) return "> >";
    if (memcmp(text, "::", 2) == 0) return ": :";
  } else if (count == 1) {
    if (*text == '&') return "\1";
    if (*text == '|') return "\2";
    if (*text == '~') return "\3";
  }
  return NULL;
}

static void put_token(lexer *x, luaL_Buffer *out, size_t i, bool in_local, bool *changed) {
  const token *t = &x->tokens[i];
  const char *text = x->text + t->start;
  size_t length = t->end - t->start;
  const char *other = t->kind == token_operator ? replaced_operator(text, length) : NULL;
  for (unsigned k = 0; k < t->opens; k++) luaL_addstring(out, "(\"\"):__join(");
  if (other) {
    luaL_addstring(out, other);
    *changed = true;
  } else if (t->kind == token_string) {
    put_string(out, text, length, changed);
  } else if (t->kind == token_number) {
    put_number(out, text, length, changed);
  } else if (is(x, i, "goto")) {
    luaL_addstring(out, "_goto");
    *changed = true;
  } else if (t->separator == 1 || t->separator == 2) {
    // The last operand stands in parentheses: a call there gives one value, not all of its values.
    luaL_addstring(out, t->separator == 1 ? "," : ",(");
  } else {
    // `local a <const>`: 5.1 took the attribute for the start of a statement.
    if (in_local && is(x, i, "<")) {
      luaL_addchar(out, ';');
      *changed = true;
    }
    luaL_addlstring(out, text, length);
  }
  for (unsigned k = 0; k < t->closes; k++) luaL_addstring(out, "))");
}

bool bridge_rewrite(lua_State *L, const char *body, size_t count) {
  lexer x = {.L = L, .text = body, .count = count};
  if (body == NULL || count == 0) return false;
  lua_pushnil(L);
  x.slot = lua_gettop(L);
  size_t end = tokenize(&x), copied = 0;
  bool changed = false, in_local = false;
  // A source that ends within a token does not compile; no need to look for chains.
  for (size_t i = 0; end == count && i < x.used; i++)
    if (x.tokens[i].separator == 0 && is(&x, i, "..") && mark_chain(&x, i)) changed = true;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  for (size_t i = 0; i < x.used; i++) {
    luaL_addlstring(&out, body + copied, x.tokens[i].start - copied);
    copied = x.tokens[i].end;
    put_token(&x, &out, i, in_local, &changed);
    in_local = is(&x, i, "local") ||
               (in_local && (x.tokens[i].kind == token_name || is(&x, i, ",")) && !is(&x, i, "function"));
  }
  luaL_addlstring(&out, body + copied, count - copied);
  luaL_pushresult(&out);
  lua_replace(L, x.slot);
  lua_settop(L, changed ? x.slot : x.slot - 1);
  return changed;
}
