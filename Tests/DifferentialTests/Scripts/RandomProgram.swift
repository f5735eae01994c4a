// Small random Lua programs over the library that scripts of 5.1 know: numbers, strings, tables, patterns, formats, errors.
// The same program runs on a real redis-server (Lua 5.1) and on `understudy` (5.4 with the shims), and answers what all its
// variables have come to.
//
// What is known to differ is kept out by two functions of every program: `cl` keeps numbers small, finite and without a
// negative zero, `cs` keeps strings short. Programs end: loops are counted, recursion is bounded.

import UnderstudyTestSupport

struct RandomProgram {
  private var dice: SeededGenerator
  private var lines: [String] = []
  private var indent = ""
  private var depth = 0
  /// Variables by the kind of value they hold.
  private let numbers = ["n1", "n2", "n3"]
  private let strings = ["s1", "s2", "s3"]
  private let tables = ["t1", "t2"]

  private init(seed: UInt64) { dice = SeededGenerator(seed: seed) }

  /// The text of a program.
  static func make(seed: UInt64) -> String {
    var program = RandomProgram(seed: seed)
    return program.text()
  }

  private static let opening = """
    local function cl(x)
      if type(x) ~= 'number' or x ~= x or x > 1e6 or x < -1e6 then return 7 end
      return x + 0
    end
    local function cs(s)
      s = tostring(s)
      if #s > 120 then return string.sub(s, 1, 40) end
      return s
    end
    local function show(v, d)
      d = d or 0
      if type(v) ~= 'table' then return type(v) .. ' ' .. (type(v) == 'function' and '' or tostring(v)) end
      if d > 3 then return '...' end
      local r = {}
      for k, x in pairs(v) do r[#r + 1] = show(k, d + 1) .. '=' .. show(x, d + 1) end
      table.sort(r)
      return '{' .. table.concat(r, ',') .. '}'
    end
    local log = {}
    local function note(...)
      for i = 1, select('#', ...) do if #log < 60 then log[#log + 1] = show((select(i, ...))) end end
    end

    """

  private mutating func text() -> String {
    for name in numbers { emit("local \(name) = \(numberLiteral())") }
    for name in strings { emit("local \(name) = \(stringLiteral())") }
    for name in tables { emit("local \(name) = \(tableLiteral())") }
    for _ in 0..<Int.random(in: 4...10, using: &dice) { statement() }
    emit("note(n1, n2, n3, s1, s2, s3, t1, t2)")
    emit("return log")
    return Self.opening + lines.joined(separator: "\n")
  }

  private mutating func emit(_ line: String) { lines.append(indent + line) }

  private mutating func block(_ body: (inout RandomProgram) -> Void) {
    let outer = indent
    indent += "  "
    depth += 1
    body(&self)
    depth -= 1
    indent = outer
  }

  // MARK: Statements

  private mutating func statement() {
    switch Int.random(in: 0..<(depth < 2 ? 15 : 9), using: &dice) {
    case 0, 1: emit("\(dice.pick(numbers)) = cl(\(number()))")
    case 2, 3: emit("\(dice.pick(strings)) = cs(\(string()))")
    case 4: emit("\(dice.pick(tables)) = \(table())")
    case 5: tableStatement()
    case 6: emit("note(\(dice.pick([number(), string(), condition(), table()])))")
    case 7: emit("note(\(patternCall()))")
    case 8: fault()
    case 9, 10:
      emit("if \(condition()) then")
      block { $0.statement() }
      if dice.chance(50) {
        emit("else")
        block { $0.statement() }
      }
      emit("end")
    case 11:
      let step = dice.pick(["", ", 2", ", -1", ", 0.5"])
      emit("for i = \(Int.random(in: -2...3, using: &dice)), \(Int.random(in: -2...5, using: &dice))\(step) do")
      block {
        $0.emit("\($0.dice.pick($0.numbers)) = cl(\($0.dice.pick($0.numbers)) \($0.dice.pick(["+", "-", "*"])) i)")
        $0.statement()
      }
      emit("end")
    case 12:
      emit("for i, v in ipairs(\(dice.pick(tables))) do")
      block {
        $0.emit("if i > 6 then break end")
        $0.emit("\($0.dice.pick($0.strings)) = cs(\($0.dice.pick($0.strings)) .. show(v) .. i)")
      }
      emit("end")
    case 13:
      emit("local function f(a, b, ...)")
      block {
        $0.statement()
        $0.emit("return a, select('#', ...), b, ...")
      }
      emit("end")
      emit("note(f(\(number()), \(string()), \(dice.pick(["nil", "1, 2", "\(string())", "nil, nil"]))))")
    default:
      emit("do")
      block {
        $0.emit("local co = coroutine.wrap(function(x) local y = coroutine.yield(cl(x * 2)) return cs(y) end)")
        $0.emit("note(co(\($0.number())), co(\($0.string())))")
      }
      emit("end")
    }
  }

  private mutating func tableStatement() {
    let t = dice.pick(tables)
    switch Int.random(in: 0..<8, using: &dice) {
    case 0: emit("if #\(t) < 12 then table.insert(\(t), \(dice.pick([number(), string()]))) end")
    case 1: emit("if #\(t) < 12 then table.insert(\(t), 1, \(dice.pick([number(), string()]))) end")
    case 2: emit("note(table.remove(\(t)\(dice.pick(["", ", 1", ", 2", ", #\(t)"]))))")
    case 3: emit("\(t)[\(dice.pick(["#\(t) + 1", "1", "'k'", string()]))] = \(dice.pick([number(), string(), "nil"]))")
    case 4: emit("pcall(table.sort, \(t)\(dice.pick(["", ", function(a, b) return show(a) > show(b) end"])))")
    case 5: emit("note(pcall(table.concat, \(t), \(stringLiteral())))")
    case 6: emit("note(unpack(\(t), 1, \(Int.random(in: 0...4, using: &dice))))")
    default: emit("note(#\(t), next(\(t)) == nil, rawget(\(t), 1), rawequal(\(t), t1), type(\(t)))")
    }
  }

  /// Something that most likely fails, and what the error says, if it says the same.
  private mutating func fault() {
    if dice.chance(10) { return emit("note((pcall(function() return \(dice.pick(strings)) + \(number()) end)))") }
    let cases = [
      "local x = nil return x.y", "return ({}).x.y", "return nosuch",
      "local x return x()", "return \(dice.pick(tables))()", "return #\(dice.pick(numbers))", "return \(dice.pick(numbers)) .. {}",
      "return \(dice.pick(strings)) < \(dice.pick(numbers))", "return {} < {}", "return nil .. 'x'",
      "error(\(string()))", "error(\(string()), 0)", "error({1})", "error()", "assert(false)", "assert(nil, \(string()))",
      "return \(dice.pick(tables)).k.k", "for i = 1, 'x' do end",
      "local t = setmetatable({}, {__index = function(t, k) error('no ' .. k, 0) end}) return t.abc",
      "return string.rep()", "return string.sub()", "return ('x'):bad()", "return string.format('%d', 'x')",
      "return string.format('%d')", "return math.floor('x')", "return tonumber({})", "return ipairs()", "return setmetatable(1, {})",
      "return select(0)", "return string.char(256)", "return table.concat({{}})", "return ('x').y.z", "return -{}", "return {} + 1",
      "return unpack()", "return math.max()", "t1.x.y = 1", "string.x = 1", "return 2 ^ {}", "return tostring()",
    ]
    emit("note(pcall(function() \(dice.pick(cases)) end))")
  }

  // MARK: Expressions

  private mutating func number(_ level: Int = 0) -> String {
    if level > 2 || dice.chance(25) { return dice.chance(60) ? dice.pick(numbers) : numberLiteral() }
    func inner(_ program: inout RandomProgram) -> String { program.number(level + 1) }
    switch Int.random(in: 0..<20, using: &dice) {
    case 0: return "(\(inner(&self)) + \(inner(&self)))"
    case 1: return "(\(inner(&self)) - \(inner(&self)))"
    case 2: return "cl(cl(\(inner(&self))) * cl(\(inner(&self))))"
    case 3: return "cl(\(inner(&self)) / \(inner(&self)))"
    case 4: return "cl(\(inner(&self)) % \(dice.pick(["3", "7", "2.5", "-4", "0.5"])))"
    // Not `-x`: 5.1 may take another 0 of the function for the same constant as -0.
    case 5: return "cl(0 - \(inner(&self)))"
    case 6: return "cl(cl(\(inner(&self))) ^ \(dice.pick(["2", "0", "0.5", "-1", "3"])))"
    case 7: return "#\(string(level + 1))"
    case 8: return "#\(dice.pick(tables))"
    case 9: return "cl(math.\(dice.pick(["floor", "ceil", "abs"]))(\(inner(&self))))"
    case 10: return "math.\(dice.pick(["max", "min"]))(\(inner(&self)), \(inner(&self)))"
    case 11: return "cl(math.fmod(\(inner(&self)), \(dice.pick(["3", "-7", "2.5"]))))"
    case 12: return "(tonumber(\(string(level + 1))) or \(inner(&self)))"
    case 13: return "(string.byte(\(string(level + 1)), \(inner(&self))) or 0)"
    case 14: return "cl(bit.\(dice.pick(["band", "bor", "bxor"]))(\(inner(&self)), \(inner(&self))))"
    case 15: return "cl(bit.\(dice.pick(["lshift", "rshift", "arshift"]))(\(inner(&self)), 3))"
    case 16: return "cl(math.sqrt(math.abs(\(inner(&self)))))"
    case 17: return "select(\(Int.random(in: 1...2, using: &dice)), \(inner(&self)), \(inner(&self)))"
    case 18: return "(\(condition(level + 1)) and \(inner(&self)) or \(inner(&self)))"
    default: return "cl(tonumber('\(Int.random(in: 0...99, using: &dice))', \(dice.pick(["8", "10", "16", "36"]))))"
    }
  }

  private mutating func string(_ level: Int = 0) -> String {
    if level > 2 || dice.chance(25) { return dice.chance(60) ? dice.pick(strings) : stringLiteral() }
    func inner(_ program: inout RandomProgram) -> String { program.string(level + 1) }
    switch Int.random(in: 0..<16, using: &dice) {
    case 0, 1: return "(\(inner(&self)) .. \(inner(&self)))"
    case 2: return "(\(inner(&self)) .. \(number(level + 1)))"
    case 3: return "(\(number(level + 1)) .. \(inner(&self)) .. \(number(level + 1)))"
    case 4: return "string.sub(\(inner(&self)), \(number(level + 1)), \(number(level + 1)))"
    case 5: return "string.rep(\(inner(&self)), \(dice.pick(["0", "1", "2.7", "3", "-1"])))"
    case 6: return "(\(inner(&self))):\(dice.pick(["upper", "lower", "reverse"]))()"
    case 7: return "tostring(\(dice.pick([number(level + 1), condition(level + 1), "nil"])))"
    case 8, 9: return formatCall(level)
    case 10: return "(string.gsub(\(inner(&self)), \(pattern()), \(replacement())))"
    case 11: return "(string.match(\(inner(&self)), \(pattern())) or \(inner(&self)))"
    case 12: return "table.concat({\(number(level + 1)), \(inner(&self))}, \(stringLiteral()))"
    case 13: return "string.char(\(Int.random(in: 32...126, using: &dice)), \(Int.random(in: 32...126, using: &dice)))"
    case 14: return "type(\(dice.pick([number(level + 1), inner(&self), dice.pick(tables)])))"
    default: return "(\(condition(level + 1)) and \(inner(&self)) or \(inner(&self)))"
    }
  }

  private mutating func condition(_ level: Int = 0) -> String {
    switch Int.random(in: 0..<8, using: &dice) {
    case 0: return "(\(number(level + 1)) \(dice.pick(["<", "<=", ">", ">=", "==", "~="])) \(number(level + 1)))"
    case 1: return "(\(string(level + 1)) \(dice.pick(["<", "<=", ">", ">=", "==", "~="])) \(string(level + 1)))"
    case 2: return "(not \(dice.pick(["nil", "n1", "false", "(s1 == '')"])))"
    case 3: return "(\(number(level + 1)) == \(string(level + 1)))"
    case 4: return "(\(dice.pick(tables))[1] ~= nil)"
    case 5: return "(string.find(\(string(level + 1)), \(pattern())) ~= nil)"
    case 6 where level < 2: return "(\(condition(level + 1)) \(dice.pick(["and", "or"])) \(condition(level + 1)))"
    default: return dice.pick(["true", "false"])
    }
  }

  private mutating func table() -> String {
    switch Int.random(in: 0..<3, using: &dice) {
    case 0: return tableLiteral()
    case 1: return "{\(number()), \(string()), k = \(string()), [\(number())] = \(condition())}"
    default: return "{string.byte(\(string()), 1, 5)}"
    }
  }

  // MARK: Literals

  private mutating func numberLiteral() -> String {
    dice.pick([
      "0", "1", "2", "-1", "-3", "10", "0.5", "-1.5", "3.25", "1e3", "100", "7", "0x1F", "2.0", "1/3", "255", "-0.25", "65", "12345",
    ])
  }

  private mutating func stringLiteral() -> String {
    dice.pick([
      "''", "'a'", "'abc'", "'Hello World'", "'10'", "'0x1A'", "' 5 '", "'1e2'", "'a,b;c'", "'(x)[y]'", "'%d %s'", "'tab\\tnl\\n'",
      "'caf\\195\\169'", "'AbC12xyz'", "'  pad  '", "'-3.5'", "'\\0z'", "'k=v, k2=v2'", "'....'", "[[long]]", "\"q'q\"", "'aaaa'",
    ])
  }

  private mutating func tableLiteral() -> String {
    dice.pick([
      "{}", "{1, 2, 3}", "{'a', 'b'}", "{3, 1, 2}", "{x = 1}", "{1, x = 2, 'y'}",
      "{[1] = 'a', [2] = 'b'}", "{{1}, {2}}", "{5}", "{1.5, 2, 'z'}",
    ])
  }

  // MARK: Patterns and formats

  private mutating func pattern() -> String {
    var text = dice.chance(15) ? "^" : ""
    var open = 0
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      if dice.chance(20) {
        text += "("
        open += 1
      }
      text += dice.pick([
        "a", "b", ".", "%a", "%d", "%s", "%w", "%p", "%l", "%u", "%x", "%c", "%A", "%S", "[abc]", "[^a]", "[a-c]", "[%d%s]", "[^%w]", "[]]",
        "%.",
        "%%", "%(", "x", "o", "1",
      ])
      text += dice.pick(["", "", "", "*", "+", "-", "?"])
      if open > 0 && dice.chance(60) {
        text += ")"
        open -= 1
      }
    }
    text += String(repeating: ")", count: open)
    if dice.chance(6) { text += dice.pick(["%b()", "%f[%w]", "()", "%1", "$"]) }
    if dice.chance(12) { text += "$" }
    return "'\(text)'"
  }

  /// A call whose pattern may be malformed.
  private mutating func patternCall() -> String {
    let broken = dice.pick([
      "'%'", "'['", "'[a'", "'(a'", "'a)'", "'%b'", "'%f'", "'[%'", "'(()'", "'%2'", "'[a-]'", "'[^]'", "'*'", "'%g'",
    ])
    let text = string(1)
    let chosen = dice.chance(25) ? broken : pattern()
    switch Int.random(in: 0..<5, using: &dice) {
    case 0: return "pcall(string.find, \(text), \(chosen)\(dice.pick(["", ", 2", ", -2", ", 1, true"])))"
    case 1: return "pcall(string.match, \(text), \(chosen)\(dice.pick(["", ", 2", ", -1"])))"
    case 2: return "pcall(string.gsub, \(text), \(chosen), \(replacement())\(dice.pick(["", ", 1", ", 0"])))"
    case 3: return "pcall(function() local r = {} for a, b in string.gmatch(\(text), \(chosen)) do r[#r + 1] = a "
      + "if b then r[#r + 1] = b end if #r > 8 then break end end return unpack(r) end)"
    default: return "pcall(string.gsub, \(text), \(chosen), function(...) return (select('#', ...)) end)"
    }
  }

  private mutating func replacement() -> String {
    dice.pick([
      "''", "'-'", "'<%0>'", "'%%'", "{a = 'A', o = 'O'}", "function(x) return x .. '!' end", "function() end", "'[%1]'", "'%2'", "'%'",
    ])
  }

  private mutating func formatCall(_ level: Int) -> String {
    let n = number(level + 1)
    let s = string(level + 1)
    return dice.pick([
      "string.format('%d|%5d|%-6d|%03d', \(n), \(n), 3, 7)", "string.format('%5.2f|%.0f|%g', \(n), \(n), \(n))",
      "string.format('%s/%10s/%-4s/%.2s', \(s), \(s), 'ab', \(s))", "string.format('%q', \(s))", "string.format('%x %X %o', 255, 171, 8)",
      "string.format('%c%%%c', 72, 105)", "string.format('%i', \(n))", "string.format('%e', \(n))", "string.format('%+d % d', 5, 6)",
      "string.format('%s', \(n))", "string.format('%u', 42)", "string.format(\(stringLiteral()), 1, 'x')",
    ])
  }
}
