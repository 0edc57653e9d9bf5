// Against an unmodified go-libp2p node, as the original is built on: both
// directions of everything that goes over the wire.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { before, test } from 'node:test'
import { theyAsk, weAsk } from './data_words.mjs'
import { LinePeer } from './line_peer.mjs'
import { dataBusMissing } from '../scenarios/lib/data_bus.mjs'
import { Network, netnsMissing } from '../scenarios/lib/netns.mjs'
import { Peer, temporaryDirectory } from '../scenarios/lib/peer.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const build = resolve(here, '../..', process.env.BUILD ?? 'build')
const gopeer = join(build, 'gopeer')
const topic = 'goop.presence.v1'

const missing = netnsMissing ?? (spawnSync('go', ['version']).status === 0
  ? undefined
  : 'Go is not on this machine')
const options = { skip: missing ?? false }

before(() => {
  if (missing) return
  const made = spawnSync('go', ['build', '-o', gopeer, '.'],
    { cwd: join(here, 'go'), encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
})

async function setup (t, { go = [], files = {} } = {}) {
  const lan = Network.create(t)
  const host = lan.host()
  const ours = await Peer.init(t, {
    host,
    label: 'Ours',
    config: {
      p2p: { listen_port: 41001 },
      presence: { ttl_seconds: 6, heartbeat_seconds: 1 }
    },
    files: { 'hello.txt': 'hello\n', ...files }
  })
  await ours.start()
  const goHost = lan.host()
  const theirs = await startGo(t, goHost, go)
  const address = `/ip4/${host.ipv4}/tcp/41001/p2p/${ours.id}`
  return { lan, host, ours, theirs, goHost, address }
}

async function startGo (t, host, args = []) {
  const peer = await LinePeer.start(host.command(gopeer, '-listen',
    `/ip4/${host.ipv4}/tcp/0`, ...args))
  t.after(() => peer.stop())
  return peer
}

function presence (peer, extra = {}) {
  return JSON.stringify({
    type: 'update',
    peerId: peer.id,
    content: 'Gopher',
    addrs: peer.addrs,
    encryptionSupported: false,
    goopClientVersion: '2.4.60',
    ts: Date.now(),
    ...extra
  })
}

// Say it until it is heard: a mesh needs a moment, and the original repeats.
async function announce (ours, peer, message = presence(peer)) {
  return ours.until('the presence of the go peer', async () => {
    await peer.do('publish', topic, message)
    return (await ours.peers()).find(row => row.peer_id === peer.id)
  })
}

for (const security of [[], ['-noise-only']]) {
  const name = security.length ? 'noise first' : 'tls proposed first'
  test(`go dials us (${name}): identify, ping, content`, options, async t => {
    const { ours, theirs, address } = await setup(t, { go: security })
    await theirs.do('dial', address)
    const told = await theirs.do('identify', ours.id)
    for (const protocol of ['/ipfs/id/1.0.0', '/ipfs/ping/1.0.0',
      '/goop/content/1.0.0', '/goop/site/1.0.0', '/goop/data/1.0.0',
      '/meshsub/1.1.0']) {
      assert.ok(told.protocols.includes(protocol), protocol)
    }
    assert.ok((await theirs.do('ping', ours.id)).rtt_us > 0)
    const label = await theirs.do('open', ours.id, '/goop/content/1.0.0', '')
    assert.equal(label.text, 'Ours\n')
  })
}

test('go fetches our site as the original does', options, async t => {
  const big = randomBytes(5 * 1024 * 1024 + 3)
  const { ours, theirs, address } = await setup(t,
    { files: { 'big.bin': big, 'lua/secret.lua': 'x', '.hidden': 'x' } })
  await theirs.do('dial', address)
  const ask = path =>
    theirs.do('ask', ours.id, '/goop/site/1.0.0', `GET ${path}\\n`)
  assert.equal((await ask('/hello.txt')).text,
    'OK text/plain; charset=utf-8 6\nhello\n')
  const whole = await ask('/big.bin')
  const head = `OK application/octet-stream ${big.length}\n`
  assert.equal(whole.length, head.length + big.length)
  assert.equal(whole.sha256,
    createHash('sha256').update(head).update(big).digest('hex'))
  assert.match((await ask('/')).text, /^OK text\/html; charset=utf-8 \d+\n/)
  assert.equal((await ask('/nothing')).text, 'ERR not found\n')
  assert.equal((await ask('/lua/secret.lua')).text, 'ERR forbidden\n')
  assert.equal((await ask('../etc/passwd')).text, 'ERR forbidden\n')
  const sealed = await theirs.do('ask', ours.id, '/goop/site/1.0.0',
    'ENC:AAAA\\n')
  assert.equal(sealed.text, 'ERR bad request\n')
})

test('we fetch the site of a go peer, by 1.0.0', options, async t => {
  const site = temporaryDirectory(t)
  const big = randomBytes(3 * 1024 * 1024 + 1)
  writeFileSync(join(site, 'index.html'), '<h1>Gopher</h1>\n')
  writeFileSync(join(site, 'big.bin'), big)
  mkdirSync(join(site, 'lua'))
  const { ours, theirs, address } = await setup(t, { go: ['-site', site] })
  await theirs.do('dial', address)
  await announce(ours, theirs)
  const page = await ours.goop2('fetch', theirs.id, '/')
  assert.equal(page.stdout, '<h1>Gopher</h1>\n', page.stderr)
  const whole = await ours.goop2('fetch', theirs.id, '/big.bin')
  assert.ok(whole.bytes.equals(big), whole.stderr)
  assert.equal((await ours.goop2('fetch', theirs.id, '/none')).code, 4)
  assert.equal((await ours.goop2('fetch', theirs.id, '/lua/x')).code, 5)
  const seen = await ours.http(`/p/${theirs.id}/index.html`)
  assert.equal(seen.status, 200)
  assert.equal(seen.body, '<h1>Gopher</h1>\n')
})

test('go asks our database, byte for byte as the original',
  { skip: missing ?? dataBusMissing ?? false }, async t => {
    const { ours, theirs, address } = await setup(t)
    await theirs.do('dial', address)
    await theyAsk(t, ours, theirs)
  })

test('we ask the database of a go peer, which answers as the original',
  { skip: missing ?? dataBusMissing ?? false }, async t => {
    const { ours, theirs, address } = await setup(t)
    await theirs.do('dial', address)
    await announce(ours, theirs)
    await weAsk(t, ours, theirs)
  })

test('presence goes both ways, and we dial what it announces', options,
  async t => {
    const { ours, theirs, address } = await setup(t)
    await theirs.do('subscribe', topic)
    await theirs.do('dial', address)
    const heard = await theirs.next(e => e.event === 'message' &&
      e.from === ours.id && JSON.parse(e.text).type !== 'offline')
    const said = JSON.parse(heard.text)
    assert.equal(said.peerId, ours.id)
    assert.equal(said.content, 'Ours')
    assert.ok(said.addrs.some(a => a.endsWith('/tcp/41001')))
    const row = await announce(ours, theirs)
    assert.equal(row.label, 'Gopher')
    await ours.until('it is reachable', async () => (await ours.peers())
      .some(r => r.peer_id === theirs.id && r.is_reachable))
    await theirs.do('publish', topic, presence(theirs, { type: 'offline' }))
    await ours.sees(theirs, { offline: true })
    await ours.stop()
    await theirs.next(e => e.event === 'message' && e.from === ours.id &&
      JSON.parse(e.text).type === 'offline')
  })

test('presence in the name of another is dropped', options, async t => {
  const { ours, theirs, address } = await setup(t)
  await theirs.do('dial', address)
  const victim = '12D3KooWLdJAwPtyQ5RFnr9wGXsQzpf3P2SeqFbYkqbfVehLu4Ns'
  await announce(ours, theirs)
  await theirs.do('publish', topic, presence({ ...theirs, id: victim }))
  await theirs.do('publish', topic, presence(theirs, { content: 'After' }))
  await ours.until('the later message', async () => (await ours.peers())
    .some(row => row.label === 'After'))
  assert.deepEqual((await ours.peers()).map(row => row.peer_id), [theirs.id])
})

test('messages of one go peer reach another through us', options, async t => {
  const { lan, theirs, address } = await setup(t)
  const other = await startGo(t, lan.host())
  for (const peer of [theirs, other]) {
    await peer.do('subscribe', topic)
    await peer.do('dial', address)
  }
  let heard
  for (let i = 0; i < 20 && !heard; i++) {
    await theirs.do('publish', topic, presence(theirs, { ts: i }))
    heard = await other.next(e => e.event === 'message' &&
      e.from === theirs.id, 1000).catch(() => undefined)
  }
  assert.ok(heard, 'no message of the first arrived at the second')
  assert.notEqual(heard.via, theirs.id)
})

test('mDNS: go finds us, and we find go', options, async t => {
  const { ours, theirs, goHost } = await setup(t,
    { go: ['-mdns', 'goop-mdns'] })
  const found = await theirs.next(e => e.event === 'found' && e.id === ours.id)
  assert.ok(found.addrs.some(a => a.endsWith('/tcp/41001')))
  await theirs.do('ping', ours.id)
  // One that only answers: started after our first queries, never dialling.
  assert.ok(goHost.ipv4)
  await announce(ours, theirs)
  await ours.sees(theirs)
})

test('a go peer without Noise is told as that', options, async t => {
  const { ours, theirs } = await setup(t,
    { go: ['-mdns', 'goop-mdns', '-tls-only'] })
  await ours.until('the reason', async () => {
    const got = await ours.goop2('fetch', theirs.id, '/')
    return /answers, but does not speak Noise/.test(got.stderr)
  })
})

test('three hundred streams one after the other', options,
  async t => {
    const { ours, theirs, address } = await setup(t)
    await theirs.do('dial', address)
    for (let i = 0; i < 300; i++) {
      const label = await theirs.do('open', ours.id, '/goop/content/1.0.0', '')
      assert.equal(label.text, 'Ours\n')
    }
  })
