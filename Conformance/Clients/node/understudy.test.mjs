// The module itself: verdicts, replies, and what goes wrong.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Connection, join, program, start, UnderstudyError } from './understudy.mjs'

let server
before(async () => { server = await start('--seed', '7') })
after(() => server.stop())

/** A test's context that keeps what is to be done behind the test. */
const recorder = (name) => ({ name, after(work) { this.end = work } })

test('a leaked pool fails with the words of the finding', async () => {
  const inner = recorder('orders are counted')
  const shop = await server.fresh(inner, { failOn: 'high' })
  const clients = []
  for (let n = 0; n < 6; n++) {
    clients.push(await Connection.open(shop.host, shop.port))
    await clients[n].call('INCR', 'n')
  }
  await assert.rejects(inner.end(), /^Error: FINDINGS 1 finding that is at least high: \[high\] conn\.leak orders_are_counted-/)
})

test('a fault rule that never bit fails', async () => {
  const inner = recorder('typo')
  const shop = await server.fresh(inner)
  const id = await shop.fault('KEY oders:* DO afterExecution RESET')
  await assert.rejects(inner.end(), { message: `the fault rule ${id} never bit` })
})

test('replies', async (t) => {
  const shop = await server.fresh(t)
  const client = await Connection.open(shop.host, shop.port)
  const script = "return {1, 'zwölf', false, {double = 1.5}, {map = {k = 'v'}}}"
  assert.deepEqual(await client.call('EVAL', script, 0), [1, 'zwölf', null, 1.5, { k: 'v' }])
  await client.call('SET', 'large', 'x'.repeat(1_000_000))
  assert.deepEqual((await Promise.all([1, 2, 3].map(() => client.call('GET', 'large')))).map((text) => text.length), [1e6, 1e6, 1e6])
  await assert.rejects(client.call('INCR'), /wrong number of arguments/)
  const waiting = client.call('BLPOP', 'queue', 0)
  await shop.wait('blocked', '==', 1)
  client.close()
  await assert.rejects(waiting, UnderstudyError)
  await assert.rejects(client.call('PING'), UnderstudyError)
})

test('what does not start', async () => {
  await assert.rejects(start('--no-such-directive', '1'), /did not start:[^]*no-such-directive/)
  const before = process.env.UNDERSTUDY
  process.env.UNDERSTUDY = '/not/there'
  await assert.rejects(start(), /name it in UNDERSTUDY/)
  if (before) process.env.UNDERSTUDY = before
  else delete process.env.UNDERSTUDY
})

test('a run is joined', async () => {
  assert.equal(await join(), undefined)
  const code = `import { join } from './understudy.mjs'
    const server = await join()
    const shop = await server.endpoint({ name: 'joined', after() {} })
    console.log(server.url === process.env.REDIS_URL && shop.port > 0 ? 'joined' : 'not joined')
    await server.stop()`
  const { stdout } = await promisify(execFile)(
    program(), ['run', '--', process.execPath, '--input-type=module', '-e', code],
    { cwd: new URL('.', import.meta.url) })
  assert.equal(stdout, 'joined\n')
})
