// SORT and SORT_RO: the elements of a list, set or sorted set, in order, or what other keys say of them.
//
// SortPattern.swift follows the patterns of BY and GET.

enum SortCommand {
  static let all = [
    Command(
      "sort", .generic, since: "1.0.0",
      "Sorts a list, set or sorted set; answers or stores its elements, or what other keys say of them.",
      complexity: "O(N+M*log(M)) for N elements, of which M are answered", arity: -2,
      flags: [.write, .denyOOM, .movableKeys], categories: [.set, .sortedSet, .list, .dangerous],
      keys: [
        .key(1, [.readOnly, .access]), named,
        KeySpec(
          [.overwrite, .update], .unknown, .unknown, notes: "STORE may stand anywhere among the options."),
      ],
      keyFinder: .sort, arguments: arguments + [.key("destination", spec: 2, token: "STORE").optional],
      handler: sort),
    Command(
      "sort_ro", .generic, since: "7.0.0",
      "Sorts the elements of a list, set or sorted set, and answers them, or what other keys say of them.",
      complexity: "O(N+M*log(M)) for N elements, of which M are answered", arity: -2,
      flags: [.readOnly, .movableKeys], categories: [.set, .sortedSet, .list, .dangerous],
      keys: [.key(1, [.readOnly, .access]), named], keyFinder: .sortReadOnly, arguments: arguments,
      handler: sortRO),
  ]

  private static let named = KeySpec(
    [.readOnly, .access], .unknown, .unknown, notes: "BY and GET name keys after the elements.")

  private static let arguments: [Argument] = [
    .key(), .pattern("pattern", spec: 1, token: "BY").optional,
    .block("offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]).optional,
    .pattern("pattern", spec: 1, token: "GET").optional.multipleTokens,
    .oneOf("order", [.token("ASC"), .token("DESC")]).optional, .token("ALPHA", name: "sorting").optional,
  ]

  static func sort(_ context: inout Context) throws(ReplyError) { try run(&context, mayStore: true) }
  static func sortRO(_ context: inout Context) throws(ReplyError) { try run(&context, mayStore: false) }

  private static func run(_ context: inout Context, mayStore: Bool) throws(ReplyError) {
    var options = try Options(context, mayStore: mayStore)
    let source = try Source(context, context.key(1))
    // A set has no order of its own that a script or a stored list could rely on.
    if !options.sorts, case .set = source,
      options.destination != nil || context.session.flags.contains(.script)
    {
      options.sorts = true
      options.isAlphabetic = true
      options.weight = nil
    }
    let range = options.range(count: source.count)
    var elements = source.elements(options, range)
    if options.sorts {
      var items: [Item] = []
      items.reserveCapacity(elements.count)
      for element in elements { items.append(try Item(context, element, options)) }
      items.sort { options.precedes($0, $1) }
      elements = items[range].map(\.element)
    }
    if let destination = options.destination {
      store(&context, elements, options, under: context.key(destination))
    } else {
      answer(context, elements, options)
    }
  }

  private static func answer(_ context: borrowing Context, _ elements: [PackedElement], _ options: Options) {
    let reply = context.reply
    reply.array(elements.count * max(options.shown.count, 1))
    for element in elements {
      if options.shown.isEmpty { reply.bulk(element) }
      for pattern in options.shown {
        pattern.withValue(context, for: element) { value in
          if let value { reply.bulk(value) } else { reply.null() }
        }
      }
    }
  }

  private static func store(
    _ context: inout Context, _ elements: [PackedElement], _ options: Options, under key: Key
  ) {
    let list = ListValue(limit: context.engine.configuration.listMaxListpackSize)
    for element in elements {
      if options.shown.isEmpty { list.push(element, at: .tail) }
      for pattern in options.shown {
        pattern.withValue(context, for: element) { list.push($0 ?? .bytes(Bytes("")), at: .tail) }
      }
    }
    let count = list.count
    if list.nodeCount > 1 { list.isQuicklist = true }
    if count > 0 {
      context.replace(key, with: .list(list), "sortstore", .list, changes: count)
    } else {
      list.release()
      if context.remove(key) { context.touched(key, "del", .generic) }
    }
    context.reply.integer(count)
  }
}

extension SortCommand {
  /// What is sorted. Its elements stay where they are for the whole command: looking keys up may remove some
  /// that have expired, but not this one.
  fileprivate enum Source {
    case none
    case list(ListValue)
    case set(SetValue)
    case sortedSet(SortedSetValue)

    init(_ context: borrowing Context, _ key: Key) throws(ReplyError) {
      guard let entry = context.read(key) else {
        self = .none
        return
      }
      switch entry.kind {
      case .list: self = .list(entry.list)
      case .set: self = .set(entry.set)
      case .sortedSet:
        // A real server sorts no small form: it makes a large one of it, which OBJECT ENCODING shows ever after.
        let set = try context.mutableSortedSet(key)
        if let set, set.packed != nil { set.becomeTable(seed: context.engine.hashSeed) }
        self = set.map { .sortedSet($0) } ?? .none
      default: throw .wrongType
      }
    }

    var count: Int {
      switch self {
      case .none: 0
      case .list(let list): list.count
      case .set(let set): set.count
      case .sortedSet(let set): set.count
      }
    }

    /// All elements, or, if they are not to be sorted, those of `range` in their own order or its reverse.
    func elements(_ options: Options, _ range: Range<Int>) -> [PackedElement] {
      var elements: [PackedElement] = []
      elements.reserveCapacity(options.sorts ? count : range.count)
      let wanted = options.sorts ? 0..<count : range
      let backward = !options.sorts && options.descends
      switch self {
      case .none: break
      case .list(let list):
        let first = backward ? count - 1 - wanted.lowerBound : wanted.lowerBound
        list.forEach(from: first, count: wanted.count, forward: !backward) { elements.append($0) }
      case .set(let set):
        var index = 0
        set.forEach { element in
          if wanted.contains(index) { elements.append(element) }
          index += 1
        }
      case .sortedSet(let set):
        let ranks = backward ? count - wanted.upperBound..<count - wanted.lowerBound : wanted
        set.forEach(ranks, descending: backward) { member, _ in elements.append(member) }
      }
      return elements
    }
  }

  /// An element and what it is sorted by.
  fileprivate struct Item {
    let element: PackedElement
    /// Without ALPHA.
    var score = 0.0
    /// With ALPHA; nil if there is no such key.
    var text: [UInt8]?

    init(_ context: borrowing Context, _ element: PackedElement, _ options: Options) throws(ReplyError) {
      self.element = element
      var isNumber = true
      func weigh(_ value: PackedElement?) {
        guard let value else { return }
        if options.isAlphabetic {
          text = value.withBytes { $0.copied() }
        } else if case .integer(let integer) = value {
          score = Double(integer)
        } else if let number = value.withBytes({ NumberText.parseWeight($0) }) {
          score = number
        } else {
          isNumber = false
        }
      }
      if let weight = options.weight {
        weight.withValue(context, for: element) { weigh($0) }
      } else {
        weigh(element)
      }
      if !isNumber { throw .sortedByNoNumber }
    }
  }

  fileprivate struct Options {
    var sorts = true
    var descends = false
    var isAlphabetic = false
    /// What elements are sorted by, if not by themselves.
    var weight: SortPattern?
    /// What is answered of each element, if not the element itself.
    var shown: [SortPattern] = []
    /// Where the result is stored: the position of the key.
    var destination: Int?
    private var start: Int64 = 0
    private var count: Int64 = -1

    init(_ context: borrowing Context, mayStore: Bool) throws(ReplyError) {
      var cursor = ArgumentCursor(context.arguments, from: 2)
      while !cursor.isAtEnd {
        if cursor.match("ASC") {
          descends = false
        } else if cursor.match("DESC") {
          descends = true
        } else if cursor.match("ALPHA") {
          isAlphabetic = true
        } else if cursor.match("LIMIT", followedBy: 2) {
          start = cursor.integer()
          count = cursor.integer()
        } else if mayStore && cursor.match("STORE", followedBy: 1) {
          destination = cursor.position
          _ = cursor.next()
        } else if cursor.match("BY", followedBy: 1) {
          let pattern = SortPattern(cursor.next())
          weight = pattern
          // A name that is the same for all elements can put them in no order: they come as they are.
          if !pattern.hasStar {
            sorts = false
          } else if !context.mayReadEveryKey {
            cursor.fail(.sortByDenied)
          }
        } else if cursor.match("GET", followedBy: 1) {
          if !context.mayReadEveryKey { cursor.fail(.sortGetDenied) }
          shown.append(SortPattern(cursor.next()))
        } else {
          cursor.fail(.syntax)
        }
      }
      try cursor.finish()
    }

    /// The places, among `total` in order, that LIMIT leaves.
    func range(count total: Int) -> Range<Int> {
      let first = Int(min(max(start, 0), Int64(total)))
      guard count >= 0 else { return first..<total }
      return first..<min(first + Int(min(count, Int64(total))), total)
    }

    func precedes(_ left: Item, _ right: Item) -> Bool {
      let order = compare(left, right)
      return descends ? order > 0 : order < 0
    }

    private func compare(_ left: Item, _ right: Item) -> Int {
      guard isAlphabetic else {
        if left.score != right.score { return left.score < right.score ? -1 : 1 }
        return left.element.withBytes { left in right.element.withBytes { ByteOrder.compare(left, $0) } }
      }
      guard let leftText = left.text, let rightText = right.text else {
        return left.text == nil ? (right.text == nil ? 0 : -1) : 1
      }
      return leftText.withBytes { left in
        rightText.withBytes { right in
          // What is answered is in the order of C's strings, which end with their first zero byte.
          destination == nil
            ? ByteOrder.compare(left.upToZero, right.upToZero) : ByteOrder.compare(left, right)
        }
      }
    }
  }
}
