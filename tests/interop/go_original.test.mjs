// A rendezvous client of the original in Go, for what Go's own libraries decide:
// its TLS, its error texts, its HTTP, its JSON and its scanner of lines.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { before, test } from 'node:test'
import { Network, netnsMissing } from '../scenarios/lib/netns.mjs'
import { OriginalClient } from '../scenarios/lib/original_client.mjs'
import { OriginalServer } from '../scenarios/lib/original_server.mjs'
import { Rendezvous } from '../scenarios/lib/rendezvous.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const build = resolve(here, '../..', process.env.BUILD ?? 'build')
const program = join(build, 'go_original')
const missing = netnsMissing ?? (spawnSync('go', ['version']).status === 0
  ? undefined
  : 'Go is not on this machine')
const options = { skip: missing ?? false }

before(() => {
  if (missing) return
  const made = spawnSync('go', ['build', '-o', program, '.'],
    { cwd: join(here, 'go_original'), encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
})

const client = (t, host, url, id) => new OriginalClient(t, host,
  { url, id, label: `label of ${id}`, addrs: ['/ip4/10.77.0.9/tcp/1'], start: [program] })
const double = (t, host, url, id) => new OriginalClient(t, host,
  { url, id, label: `label of ${id}`, addrs: ['/ip4/10.77.0.8/tcp/1'] })

// The doubles in JavaScript are as good as this one.
for (const [name, start] of [
  ['the double of the original', async (t, host) => {
    const server = new OriginalServer(t, host)
    await server.ready
    return server
  }],
  ['our server', (t, host) => Rendezvous.start(t, { host })]
]) {
  test(`${name}: WebSockets from Go`, options, async (t) => {
    const host = Network.create(t).host()
    await start(t, host)
    const url = 'http://127.0.0.1:8787'
    const [go, js] = [client(t, host, url, 'go'), double(t, host, url, 'js')]
    await Promise.all([go.sees('js'), js.sees('go')])
    await go.event((e) => e.event === 'ws' && e.state === 'open')
    const { message } = await js.hears((m) => m.peerId === 'go')
    assert.equal(message.content, 'label of go')
    assert.equal(message.verified, true)
    go.say({ what: 'publish', type: 'update', more: { content: 'ü<&>'.repeat(800), email: 'e'.repeat(320) } })
    await js.hears((m) => m.content === 'ü<&>'.repeat(800))
    js.say({ what: 'publish', type: 'update', more: { content: 'x'.repeat(4096), email: 'e'.repeat(320) } })
    await go.hears((m) => m.content === 'x'.repeat(4096))
    js.say({ what: 'stop' })
    await go.sees('js', 'offline')
  })
}

test('the double of the original: wss on a plain port, for ever', options, async (t) => {
  const lan = Network.create(t)
  const server = new OriginalServer(t, lan.host())
  await server.ready
  const go = client(t, lan.host(), server.url, 'go')
  const js = double(t, lan.host(), server.url, 'js')
  for (const one of [go, js]) {
    await one.event(() => one.count((e) => e.state === 'failed') > 3)
    await server.broadcastOf(one.id, 'online')
    const { error } = one.events.find((e) => e.state === 'failed')
    assert.match(error, /first record does not look like a TLS handshake/)
    assert.ok(!one.events.some((e) => e.event === 'sse'))
  }
})

test('our server: its decoy leads Go to the event stream', options, async (t) => {
  const lan = Network.create(t)
  const server = await Rendezvous.start(t, { host: lan.host() })
  const go = client(t, lan.host(), server.url, 'go')
  const js = double(t, lan.host(), server.url, 'js')
  await Promise.all([go.sees('js'), js.sees('go')])
  const words = [go, js].map((one) => one.events.find((e) =>
    e.state === 'failed').error.replace(one.id, 'ID'))
  assert.match(words[0], /certificate is valid for .*404.*, not /)
  assert.equal(words[1], words[0])
  await go.event((e) => e.event === 'sse' && e.state === 'open')
  // The scanner of lines takes all that there may be in a message.
  js.say({ what: 'publish', type: 'update', more: { content: '\u0001'.repeat(4096), email: '<'.repeat(320), addrs: Array(20).fill('/dns4/'.padEnd(250, 'a') + '/tcp/1') } })
  const long = await go.event((e) => e.event === 'message' &&
    e.message.email === '<'.repeat(320))
  assert.ok(Buffer.byteLength(long.text) < 65536 - 'data: '.length, `${long.text.length} bytes`)
  js.say({ what: 'publish', type: 'offline' })
  await go.sees('js', 'offline')
})
