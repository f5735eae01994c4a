// What a test suite looks like: a clock that is moved, a reply that is lost, code that is found to be wrong.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { start } from './understudy.mjs'

const { createClient } = createRequire(import.meta.url)('redis')

let server
before(async () => { server = await start() })
after(() => server.stop())

/** A client of the endpoint, which is closed when the test ends. */
async function client(t, endpoint) {
  const client = createClient({ url: endpoint.url })
  client.on('error', () => {})
  t.after(() => client.isOpen && client.disconnect())
  return client.connect().then(() => client)
}

test('a session ends', async (t) => {
  const shop = await server.fresh(t)
  const redis = await client(t, shop)
  await server.call('LAB.CLOCK', 'data', 'FREEZE')
  await redis.set('session:ann', 'open', { EX: 1800 })
  await server.call('LAB.CLOCK', 'data', 'ADVANCE', 1_799_000)
  assert.equal(await redis.exists('session:ann'), 1)
  await server.call('LAB.CLOCK', 'data', 'ADVANCE', 1_000)
  assert.equal(await redis.exists('session:ann'), 0)
})

test('a lost reply is an order all the same', async (t) => {
  const shop = await server.fresh(t)
  const redis = await client(t, shop)
  const lost = await shop.fault('FAMILY incr SHARED TIMES 1 DO afterExecution RESET')
  await assert.rejects(redis.incr('orders:tea'))
  assert.equal(await redis.get('orders:tea'), '1')
  assert.equal((await shop.fired(lost)).firings[0]['took-effect'], 1)
})

test('an order needs one connection', async (t) => {
  const shop = await server.fresh(t)
  const redis = await client(t, shop)
  await redis.incr('orders:tea')
  const ledger = await shop.ledger()
  assert.equal(ledger.total.peakOpen, 1)
  assert.deepEqual(ledger.executions, [{ command: 'incr', key: 'orders:tea', count: 1 }])
})

test('a lock that anybody may release is found', async (t) => {
  const shop = await server.fresh(t)
  const redis = await client(t, shop)
  await redis.set('lock', 'mine', { NX: true })
  await redis.del('lock')
  const found = await shop.findings('high')
  assert.deepEqual(found.map((finding) => finding.rule), ['lock.unchecked-release'])
})
