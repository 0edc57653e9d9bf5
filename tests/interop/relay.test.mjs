// Relays against an unmodified go-libp2p node: go at ours, we at go's.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { before, test } from 'node:test'
import { LinePeer } from './line_peer.mjs'
import { Internet } from '../scenarios/lib/internet.mjs'
import { netnsMissing } from '../scenarios/lib/netns.mjs'
import { OriginalServer } from '../scenarios/lib/original_server.mjs'
import { Peer, temporaryDirectory } from '../scenarios/lib/peer.mjs'
import { Rendezvous } from '../scenarios/lib/rendezvous.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const build = resolve(here, '../..', process.env.BUILD ?? 'build')
const gopeer = join(build, 'gopeer')
const PORT = 41001
const REFRESH = '/goop/relay-refresh/1.0.0'
const SITE = '/goop/site/1.0.0'

const missing = netnsMissing ?? (spawnSync('go', ['version']).status === 0
  ? undefined
  : 'Go is not on this machine')
const options = { skip: missing ?? false, timeout: 200000 }

before(() => {
  if (missing) return
  const made = spawnSync('go', ['build', '-o', gopeer, '.'],
    { cwd: join(here, 'go'), encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
})

async function startGo (t, host, ...args) {
  const peer = await LinePeer.start(host.command(gopeer, '-listen',
    `/ip4/${host.ipv4}/tcp/${PORT}`, ...args))
  t.after(() => peer.stop())
  return peer
}

const makeOurs = (t, host, server) => Peer.init(t, {
  host,
  label: 'Ours',
  config: {
    p2p: { listen_port: PORT },
    presence: { ttl_seconds: 6, heartbeat_seconds: 2, rendezvous_wan: server.url }
  },
  files: { 'hello.txt': 'hello from ours\n' }
})

// A server of ours with its relay; at: the relay's multiaddr.
async function startServer (t, internet) {
  const server = await Rendezvous.start(t, {
    host: internet.lan().host(), config: { presence: { relay_port: 4001 } }
  })
  const relay = await server.until('the relay', async () => {
    const { body } = await server.ask('/relay')
    const told = JSON.parse(body || '{}')
    return told.addrs?.length ? told : undefined
  })
  return { server, relay, at: relay.addrs.find(each => each.startsWith('/ip4/45.77.')) }
}

const present = (server, peer, extra = {}) => server.publish({
  type: 'online', peerId: peer.id, content: 'Gopher', addrs: [], ts: Date.now(), ...extra
})

const place = peer => peer.until('a place at the relay', async () =>
  /a place at 1 relay/.test((await peer.daemon('goopd')).status))

const pulse = (server, id) =>
  server.ask(`/api/pulse?peer=${id}`, { method: 'POST', headers: { 'Content-Length': '0' } })

test('go at our relay: visits peers of ours, is visited by them', options, async t => {
  const internet = Internet.create(t, { public: true })
  const { server, relay, at } = await startServer(t, internet)
  const ours = await makeOurs(t, internet.home().host(), server)
  await ours.start()
  await place(ours)
  const site = temporaryDirectory(t)
  writeFileSync(join(site, 'index.html'), '<h1>Gopher</h1>\n')
  const go = await startGo(t, internet.home().host(), '-site', site)
  assert.equal((await present(server, go)).status, 204)

  const told = await go.do('reserve', at)
  assert.ok(told.left_s > 3000, `${told.left_s} s`)
  assert.deepEqual([told.limit_s, told.limit_bytes], [1800, 128 << 20])
  assert.ok(told.addrs.some(address => at.startsWith(address)), told.addrs.join())
  assert.ok((await go.do('identify', relay.peer_id)).protocols
    .includes('/libp2p/circuit/relay/0.2.0/hop'))

  await go.do('dial', `${at}/p2p-circuit/p2p/${ours.id}`)
  assert.ok((await go.do('ping', ours.id)).rtt_us > 0)
  assert.equal((await go.do('ask', ours.id, SITE, 'GET /hello.txt\\n')).text,
    'OK text/plain; charset=utf-8 16\nhello from ours\n')

  // It announces no place, as the original at first: it is looked for there.
  const other = await makeOurs(t, internet.home().host(), server)
  await other.start()
  await place(other)
  await other.until('the gopher', async () =>
    (await other.peers()).some(row => row.peer_id === go.id))
  await present(server, go, { type: 'update' })
  const page = await other.goop2('fetch', go.id, '/')
  assert.equal(page.stdout, '<h1>Gopher</h1>\n', page.stderr)
})

test('go at our relay: not for strangers, nor to them', options, async t => {
  const internet = Internet.create(t, { public: true })
  const { server, relay, at } = await startServer(t, internet)
  const ours = await makeOurs(t, internet.home().host(), server)
  await ours.start()
  await place(ours)
  const [stranger, known] = await Promise.all([1, 2].map(() =>
    startGo(t, internet.home().host())))
  await stranger.do('dial', at)
  await assert.rejects(stranger.do('dial', `${at}/p2p-circuit/p2p/${ours.id}`),
    /PERMISSION_DENIED/)
  assert.equal((await present(server, known)).status, 204)
  await known.do('reserve', at)
  await assert.rejects(known.do('dial', `${at}/p2p-circuit/p2p/${stranger.id}`),
    /NO_RESERVATION/)
  const { counters } = await server.daemon('goop-relayd')
  assert.equal(counters.circuits_of_strangers, 1)
  assert.equal(relay.peer_id, at.split('/').at(-1))
})

test('a pulse: our peer answers its relay, and nobody else', options, async t => {
  const internet = Internet.create(t, { public: true })
  const { server, relay, at } = await startServer(t, internet)
  const ours = await makeOurs(t, internet.home().host(), server)
  await ours.start()
  await place(ours)
  const got = await pulse(server, ours.id)
  assert.equal(got.status, 200, got.body)
  assert.deepEqual(JSON.parse(got.body), { has_circuit: true, ok: true })

  const go = await startGo(t, internet.lan().host())
  const refused = [['', 400, /missing \?peer= parameter/], ['nobody', 400, /invalid peer ID/],
    [go.id, 404, /peer not connected to relay/], [relay.peer_id, 404, /not connected/]]
  for (const [id, status, body] of refused) {
    const answer = await pulse(server, id)
    assert.equal(answer.status, status, id)
    assert.match(answer.body, body)
  }
  await go.do('dial', at)
  const silent = await pulse(server, go.id)
  assert.equal(silent.status, 502)
  assert.match(silent.body, /pulse stream failed: /)
  assert.equal((await server.ask(`/api/pulse?peer=${ours.id}`)).status, 405)
  await present(server, go)
  await go.do('reserve', at)
  await go.do('dial', `${at}/p2p-circuit/p2p/${ours.id}`)
  await assert.rejects(go.do('open', ours.id, REFRESH, ''))
})

test('we at a relay of go: found, visited, beyond the limit of a circuit', options, async t => {
  const internet = Internet.create(t, { public: true })
  const relay = await startGo(t, internet.lan().host(), '-relay', 'go')
  const server = new OriginalServer(t, internet.lan().host(), {
    relay: { peer_id: relay.id, addrs: relay.addrs.map(each => `${each}/p2p/${relay.id}`) }
  })
  await server.ready
  const big = Buffer.alloc(500000, 'a page of a book\n')
  const [left, right] = await Promise.all([1, 2].map(() =>
    makeOurs(t, internet.home({ kind: 'symmetric' }).host(), server)))
  writeFileSync(join(right.directory, 'site', 'big.bin'), big)
  await Promise.all([left.start(), right.start()])
  await Promise.all([place(left), place(right)])
  await Promise.all([left.sees(right), right.sees(left)])
  const { message } = await server.event(e => e.event === 'broadcast' &&
    e.message.peerId === right.id && e.message.addrs?.some(each => each.includes('/p2p-circuit')))
  assert.ok(message.addrs.some(each => each.includes(`/p2p/${relay.id}/p2p-circuit`)), message.addrs.join())
  const page = await left.goop2('fetch', right.id, '/hello.txt')
  assert.equal(page.stdout, 'hello from ours\n', page.stderr)
  const whole = await left.goop2('fetch', right.id, '/big.bin')
  assert.equal(whole.code, 0, whole.stderr)
  assert.ok(whole.bytes.equals(big), `${whole.bytes.length} bytes`)
})
