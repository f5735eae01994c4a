// LAB.WORKER: a server of one's own for each worker of a run of tests. See Lab/Workers.swift.

enum LabWorkerCommand {
  static let command = Command(
    "lab.worker", .lab, since: "1.0.0", "Answers where the server of a worker is; starts it when it is asked for first.",
    complexity: "O(1)", arity: 2, arguments: [.string("name")], handler: worker)

  private static func worker(_ context: inout Context) throws(ReplyError) {
    let name = context.arguments[1].text
    if let fault = LabEndpoint.fault(inName: name) { return context.fail("ERR \(fault)") }
    guard let open = context.engine.hooks.openWorker else {
      return context.fail("ERR this server starts none for workers: understudy run --per-worker does")
    }
    switch open(name) {
    case .success(let place): tell(place, name, context.reply)
    case .failure(let refusal): context.reply.error("ERR \(refusal.reason)")
    }
  }

  private static func tell(_ place: WorkerPlace, _ name: String, _ reply: Reply) {
    reply.map(8)
    for (field, text) in [("name", name), ("host", place.host), ("url", place.url), ("control-url", place.controlURL)] {
      reply.bulk(field)
      reply.bulk(text)
    }
    for (field, port) in [("port", place.port), ("tls-port", place.tlsPort), ("control-port", place.controlPort)] {
      reply.bulk(field)
      if let port { reply.integer(Int64(port)) } else { reply.null() }
    }
    reply.bulk("unix-socket")
    if let path = place.unixSocket { reply.bulk(path) } else { reply.null() }
  }
}
