// Understudy for node: starts the server for tests, gives each test an endpoint of its own, and judges what its clients did.
// Nothing but node's own modules. Every verb of the control port goes through `server.call`; LAB.HELP lists them.

import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** What a server has answered as an error. */
export class UnderstudyError extends Error {}

/** What `start` runs: what UNDERSTUDY names, else `understudy` on PATH. */
export const program = () => process.env.UNDERSTUDY || 'understudy'

/**
 * Starts a server on free ports; settles when clients can connect. `directives` are those of redis-server:
 * `start('--maxmemory', '5mb')`. The server ends with this process, if not before.
 */
export async function start(...directives) {
  const own = ['--port', 'auto', '--control-port', 'auto', '--exit-with-parent', 'yes']
  const child = spawn(program(), [...own, ...directives], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text) => { log += text })
  const announced = await new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new UnderstudyError(`${error.message}: put understudy on PATH, or name it in UNDERSTUDY`))
    })
    child.once('close', () => reject(new UnderstudyError(`${program()} did not start:\n${log}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (log.length < 10_000) log += `${line}\n`
      if (line.startsWith('{')) resolve(JSON.parse(line))
    })
  })
  const end = () => new Promise((resolve) => {
    child.once('close', resolve)
    child.kill()
  })
  return new Server(await Connection.open(announced.host, announced.controlPort), announced.host, announced.port, end)
}

/** The server that `understudy run` has started around this process; undefined if there is none. */
export async function join() {
  const { UNDERSTUDY_CONTROL_URL, REDIS_URL } = process.env
  if (!UNDERSTUDY_CONTROL_URL) return undefined
  const [control, data] = [new URL(UNDERSTUDY_CONTROL_URL), new URL(REDIS_URL)]
  return new Server(await Connection.open(control.hostname, control.port), data.hostname, Number(data.port), async () => {})
}

export class Server {
  #control
  #end
  #count = 0

  constructor(control, host, port, end) {
    this.host = host
    this.port = port
    this.url = `redis://${host}:${port}`
    this.#control = control
    this.#end = end
  }

  /** Ends a server that was started, and the control connection. */
  async stop() {
    this.#control.close()
    await this.#end()
  }

  /** Sends a verb to the control port: `call('LAB.CLOCK', 'data', 'ADVANCE', 60_000)`. */
  call(...words) { return this.#control.call(...words) }

  /** A number that no other endpoint or rule of this server has. */
  unique() { return `${process.pid}-${++this.#count}` }

  /** Ends all faults, empties the data, and opens an endpoint for a test. Not for tests that run at the same time. */
  async fresh(test, options) {
    for (const part of ['FAULTS', 'DATA']) await this.call('LAB.RESET', part)
    for (const clock of ['data', 'wait', 'script']) await this.call('LAB.CLOCK', clock, 'REAL')
    return this.endpoint(test, options)
  }

  /**
   * Opens an endpoint for a test of node:test. Behind the test, what its clients did is judged: it fails if there are
   * findings of the certainty `failOn` or above, or if a fault rule never bit. What is known passes by `LAB.ALLOW` before.
   */
  async endpoint(test, { failOn = 'certain' } = {}) {
    const name = `${test.name.replace(/[^!-~]/g, '_').slice(0, 40)}-${this.unique()}`
    const endpoint = new Endpoint(this, name, await this.call('LAB.ENDPOINT', 'OPEN', name))
    test.after(() => endpoint.finish(failOn))
    return endpoint
  }
}

/** A way in of its own for one client under test: hand its `url`, or `host` and `port`, to it. */
export class Endpoint {
  #rules = []

  constructor(server, name, port) {
    this.server = server
    this.name = name
    this.host = server.host
    this.port = port
    this.url = `redis://${server.host}:${port}`
  }

  /** Adds a rule in the server's words: `fault('FAMILY incr SHARED TIMES 1 DO afterExecution RESET')`. Answers its id. */
  async fault(rule) {
    const id = `fault-${this.server.unique()}`
    await this.server.call('LAB.FAULT', 'ADD', id, 'ENDPOINT', this.name, ...rule.split(/\s+/))
    this.#rules.push(id)
    return id
  }

  /** How often a rule has bitten, and where. */
  fired(id) { return this.server.call('LAB.FAULT', 'FIRED', id) }

  /** What its clients did: totals, identities, commands, connections. */
  async ledger() { return JSON.parse(await this.server.call('LAB.LEDGER', this.name, 'JSON')) }

  /** What is wrong with its clients, the surest first. */
  async findings(atLeast = 'info') {
    return JSON.parse(await this.server.call('LAB.FINDINGS', 'MIN', atLeast, this.name, 'JSON'))
  }

  /** Settles when a figure is as it should be: `wait('blocked', '==', 1)`. */
  wait(figure, comparison, value, milliseconds = 5000) {
    return this.server.call('LAB.WAIT', this.name, figure, comparison, value, 'TIMEOUT', milliseconds)
  }

  /** The verdict: ends the rules, closes the endpoint, and throws what was found. */
  async finish(failOn) {
    const problems = []
    for (const id of this.#rules) {
      if ((await this.fired(id)).fired === 0) problems.push(`the fault rule ${id} never bit`)
      await this.server.call('LAB.FAULT', 'DEL', id)
    }
    await this.server.call('LAB.FINISH', 'FAILON', failOn, this.name).catch((error) => problems.unshift(error.message))
    await this.server.call('LAB.ENDPOINT', 'CLOSE', this.name)
    if (problems.length > 0) throw new UnderstudyError(problems.join('\n'))
  }
}

/** A connection that speaks RESP3; replies come in the order of the calls. */
export class Connection {
  #socket
  #waiting = []
  #data = Buffer.alloc(0)

  static open(host, port) {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), host)
      socket.once('error', reject)
      socket.once('connect', () => {
        const connection = new Connection(socket)
        connection.call('HELLO', 3).then(() => resolve(connection), reject)
      })
    })
  }

  constructor(socket) {
    this.#socket = socket
    socket.on('data', (data) => this.#receive(data))
    socket.on('error', () => {})
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new UnderstudyError('the connection is lost'))
    })
  }

  close() { this.#socket.destroy() }

  /** The reply as a string, number, array, object or null. */
  call(...words) {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new UnderstudyError('the connection is lost'))
      this.#waiting.push({ resolve, reject })
      const parts = words.map((word) => Buffer.from(String(word)))
      this.#socket.write(Buffer.concat([
        Buffer.from(`*${parts.length}\r\n`),
        ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]),
      ]))
    })
  }

  #receive(data) {
    this.#data = Buffer.concat([this.#data, data])
    for (let read; this.#waiting.length > 0 && (read = this.#read(0)); ) {
      this.#data = this.#data.subarray(read.next)
      const { resolve, reject } = this.#waiting.shift()
      if (read.value instanceof UnderstudyError) reject(read.value)
      else resolve(read.value)
    }
  }

  /** The reply that begins there and where the next one does; undefined if it is not all there. */
  #read(start) {
    const end = this.#data.indexOf('\r\n', start)
    if (end < 0) return undefined
    const [kind, text, next] = [String.fromCharCode(this.#data[start]), this.#data.toString('utf8', start + 1, end), end + 2]
    const count = Number(text)
    switch (kind) {
      case '+': return { value: text, next }
      case '-': return { value: new UnderstudyError(text), next }
      case ':': case ',': return { value: count, next }
      case '#': return { value: text === 't', next }
      case '_': return { value: null, next }
      case '$': case '=':
        if (this.#data.length < next + count + 2) return undefined
        return { value: this.#data.toString('utf8', next, next + count), next: next + count + 2 }
      default: {
        const items = []
        let place = next
        for (let left = kind === '%' ? 2 * count : count; left > 0; left--) {
          const item = this.#read(place)
          if (!item) return undefined
          items.push(item.value)
          place = item.next
        }
        if (kind !== '%') return { value: items, next: place }
        const pairs = items.flatMap((key, index) => (index % 2 ? [] : [[key, items[index + 1]]]))
        return { value: Object.fromEntries(pairs), next: place }
      }
    }
  }
}
