// node-redis: a small job from end to end, in the manner of its users: everything of one tick in one write, blocking
// calls on connections of their own, transactions, scripts, messages, iteration.
//
//     NODE_PATH=/usr/share/nodejs node node_redis.mjs redis://127.0.0.1:6379
//
// Prints the names of what has passed, and ends with 1 at the first that has not.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { createClient, defineScript, ErrorReply, WatchError, commandOptions } = require('redis')

const url = process.argv[2]
const options = url.startsWith('unix://') ? { socket: { path: url.slice('unix://'.length) } } : { url }
const countDown = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local left = tonumber(redis.call('GET', KEYS[1]) or ARGV[1])
    if left <= 0 then return redis.error_reply('NONE left') end
    redis.call('SET', KEYS[1], left - 1)
    return left - 1`,
  transformArguments: (key, start) => [key, String(start)],
  transformReply: reply => reply,
})

const cases = {
  async 'a tick of calls is one write'(client) {
    const replies = await Promise.all([...Array(500).keys()].map(n => client.set(`k:${n}`, n)))
    assert.deepEqual(new Set(replies), new Set(['OK']))
    const keys = new Set()
    for await (const key of client.scanIterator({ MATCH: 'k:*', COUNT: 50 })) keys.add(key)
    assert.equal(keys.size, 500)
  },
  async 'every type comes back'(client) {
    await client.hSet('hash', { a: '1', b: '2' })
    assert.deepEqual({ ...(await client.hGetAll('hash')) }, { a: '1', b: '2' })
    await client.zAdd('zset', [{ score: 1, value: 'a' }, { score: 2.5, value: 'b' }])
    assert.deepEqual(await client.zRangeWithScores('zset', 0, -1), [{ value: 'a', score: 1 }, { value: 'b', score: 2.5 }])
    assert.equal(await client.xAdd('stream', '1-1', { f: 'v' }), '1-1')
    assert.deepEqual((await client.xRange('stream', '-', '+')).map(entry => entry.id), ['1-1'])
    const bytes = Buffer.from([0, 255, 13, 10])
    await client.set('bytes', bytes)
    assert.deepEqual(await client.get(commandOptions({ returnBuffers: true }), 'bytes'), bytes)
  },
  async 'a transaction that somebody disturbs'(client) {
    await client.executeIsolated(async isolated => {
      await isolated.watch('n')
      await client.incr('n')
      await assert.rejects(isolated.multi().set('n', 10).exec(), WatchError)
      await isolated.watch('n')
      assert.deepEqual(await isolated.multi().incr('n').get('n').exec(), [2, '2'])
    })
  },
  async 'a script and its error'(client) {
    assert.equal(await client.countDown('left', 2), 1)
    await client.scriptFlush()
    assert.equal(await client.countDown('left', 2), 0)
    await assert.rejects(client.countDown('left', 2), error => error instanceof ErrorReply && error.message === 'NONE left')
  },
  async 'a message and a wait'(client) {
    const listener = client.duplicate()
    await listener.connect()
    const heard = new Promise(resolve => listener.pSubscribe('news.*', (message, channel) => resolve([channel, message])))
    while ((await client.publish('news.today', 'rain')) === 0);
    assert.deepEqual(await heard, ['news.today', 'rain'])
    await listener.quit()
    const waiting = client.blPop(commandOptions({ isolated: true }), 'work', 30)
    while (!/blocked_clients:1/.test(await client.info('clients')));
    await client.rPush('work', 'dig')
    assert.deepEqual({ ...(await waiting) }, { key: 'work', element: 'dig' })
  },
  async 'a connection that is lost comes back'(client) {
    const other = client.duplicate()
    other.on('error', () => {})
    await other.connect()
    const id = await other.sendCommand(['CLIENT', 'ID'])
    const reconnecting = new Promise(resolve => other.once('ready', resolve))
    assert.equal(await client.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]), 1)
    await reconnecting
    assert.notEqual(await other.sendCommand(['CLIENT', 'ID']), id)
    await other.quit()
  },
}

const client = createClient({ ...options, name: 'node', scripts: { countDown } })
client.on('error', error => { console.error(error); process.exit(1) })
await client.connect()
for (const [name, run] of Object.entries(cases)) {
  await client.flushAll()
  await run(client)
  console.log(name)
}
await client.quit()
