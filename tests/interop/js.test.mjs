// Against unmodified js-libp2p nodes: both directions of everything that goes
// over the wire, and messages between js and go nodes that only we connect.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { theyAsk, weAsk } from './data_words.mjs'
import { LinePeer } from './line_peer.mjs'
import { dataBusMissing } from '../scenarios/lib/data_bus.mjs'
import { Network, netnsMissing } from '../scenarios/lib/netns.mjs'
import { Peer, temporaryDirectory } from '../scenarios/lib/peer.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = resolve(here, '../..')
const build = resolve(root, process.env.BUILD ?? 'build')
const topic = 'goop.presence.v1'
const content = '/goop/content/1.0.0'
const site = '/goop/site/1.0.0'

const missing = netnsMissing ?? jsMissing('.') ?? jsMissing('libp2p2', '-old')
const options = { skip: missing ?? false }

// Why js-libp2p does not run here; undefined if it does.
function jsMissing (folder, ...flags) {
  if (!existsSync(join(here, folder, 'node_modules/libp2p'))) {
    return `js-libp2p is not installed: npm ci in tests/interop/${folder}`
  }
  const tried = spawnSync(...jsCommand(...flags),
    { input: 'quit\n', encoding: 'utf8', timeout: 60000 })
  return tried.stdout?.includes('"ready"')
    ? undefined
    : `js-libp2p does not run on Node ${process.version}`
}

// The nodes that are all to be met.
const kinds = {
  js: [],
  'js, the muxer not by Noise': ['-late-muxer'],
  'js of the 2 generation': ['-old']
}

function jsCommand (...args) {
  return [process.execPath, ['--import', join(here, 'polyfill.mjs'),
    join(here, 'js_peer.mjs'), ...args]]
}

async function startLinePeer (t, host, program, args) {
  const peer = await LinePeer.start(host.command(program, ...args))
  t.after(() => peer.stop())
  return peer
}

async function startJs (t, host, ...args) {
  // multicast-dns sends by the routing table, and a host here has no default.
  spawnSync('ip', ['-n', host.name, 'route', 'replace', '224.0.0.0/4', 'dev',
    'eth0'])
  const [node, words] = jsCommand('-listen', `/ip4/${host.ipv4}/tcp/0`, ...args)
  return startLinePeer(t, host, node, words)
}

function startGo (t, host, ...args) {
  return startLinePeer(t, host, join(build, 'gopeer'),
    ['-listen', `/ip4/${host.ipv4}/tcp/0`, ...args])
}

async function startOurs (t, host, files = {}) {
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
  ours.address = `/ip4/${host.ipv4}/tcp/41001/p2p/${ours.id}`
  return ours
}

// Ours and a js node that has dialled it.
async function setup (t, { js = [], files } = {}) {
  const lan = Network.create(t)
  const ours = await startOurs(t, lan.host(), files)
  const theirs = await startJs(t, lan.host(), ...js)
  await theirs.do('dial', ours.address)
  return { lan, ours, theirs }
}

const presence = (peer, extra = {}) => JSON.stringify({
  type: 'update',
  peerId: peer.id,
  content: 'Scripter',
  addrs: peer.addrs,
  encryptionSupported: false,
  goopClientVersion: '2.4.60',
  ts: Date.now(),
  ...extra
})

// Say it until it is heard: a mesh needs a moment, and the original repeats.
async function announce (ours, peer) {
  return ours.until('the presence of the js peer', async () => {
    await peer.do('publish', topic, presence(peer))
    return (await ours.peers()).find(row => row.peer_id === peer.id)
  })
}

// Say from until to heard it; its answer tells who it came from.
async function carries (from, to) {
  for (let i = 0; i < 20; i++) {
    await from.do('publish', topic, presence(from, { ts: i }))
    const heard = await to.next(e => e.event === 'message' &&
      e.from === from.id, 1000).catch(() => undefined)
    if (heard) return heard
  }
  assert.fail('no message of the one arrived at the other')
}

// A while of heartbeats with traffic, after which nobody thinks ill of us.
async function staysInFavour (judges, ours, speakers) {
  for (let second = 0; second < 15; second++) {
    for (const speaker of speakers) {
      await speaker.do('publish', topic, presence(speaker, { ts: second }))
    }
    await delay(1000)
    for (const judge of judges) {
      const { score } = await judge.do('score', ours.id)
      assert.ok(score >= 0, `after ${second} s our score is ${score}`)
    }
  }
}

for (const [name, flags] of Object.entries(kinds)) {
  test(`we are dialled by ${name}: identify, ping, content`, options, async t => {
    const { ours, theirs } = await setup(t, { js: flags })
    const told = await theirs.do('identify', ours.id)
    for (const protocol of ['/ipfs/id/1.0.0', '/ipfs/ping/1.0.0',
      content, site, '/goop/data/1.0.0', '/meshsub/1.1.0']) {
      assert.ok(told.protocols.includes(protocol), protocol)
    }
    assert.match(told.agent, /^goop2?\//)
    assert.ok(told.addrs.some(a => a.endsWith('/tcp/41001')))
    assert.ok(told.observed.startsWith(theirs.addrs[0].replace(/tcp.*/, '')))
    assert.ok((await theirs.do('ping', ours.id)).rtt_us > 0)
    const open = await theirs.do('open', ours.id, content, '')
    assert.equal(open.text, 'Ours\n')
    const ask = await theirs.do('ask', ours.id, content, '')
    assert.equal(ask.text, 'Ours\n')
    await assert.rejects(theirs.do('open', ours.id, '/none/1.0.0', ''),
      /protocol selection failed/i)
    const [{ muxer }] = (await theirs.do('connections', ours.id)).connections
    assert.equal(muxer, '/yamux/1.0.0')
  })

  test(`we dial ${name}: by the addresses it announced`, options,
    async t => {
      const { ours, theirs } = await setup(t,
        { js: [...flags, '-label', 'A script', '-site', here] })
      await announce(ours, theirs)
      await theirs.do('disconnect', ours.id)
      const got = await ours.goop2('fetch', theirs.id, '/package.json')
      assert.equal(got.code, 0, got.stderr)
      const { connections } = await theirs.do('connections', ours.id)
      assert.equal(connections.at(-1).direction, 'inbound')
      // Identify ran in this direction too: both speak pubsub over it.
      assert.equal((await carries(theirs, await subscribed(t, ours))).from,
        theirs.id)
    })
}

// A further js node on the network of ours that hears the topic.
async function subscribed (t, ours) {
  const peer = await startJs(t, ours.host, '-listen', '/ip4/127.0.0.1/tcp/0')
  await peer.do('subscribe', topic)
  await peer.do('dial', ours.address)
  return peer
}

for (const [name, js] of [['js', []], ['js of the 2 generation', ['-old']]]) {
  test(`${name} fetches our site as the original does`, options, async t => {
    const big = randomBytes(5 * 1024 * 1024 + 3)
    const { ours, theirs } = await setup(t, { js, files: { 'big.bin': big } })
    const head = `OK application/octet-stream ${big.length}\n`
    const sum = createHash('sha256').update(head).update(big).digest('hex')
    for (const how of ['open', 'ask']) {
      const get = path => theirs.do(how, ours.id, site, `GET ${path}\\n`)
      assert.equal((await get('/hello.txt')).text,
        'OK text/plain; charset=utf-8 6\nhello\n')
      const whole = await get('/big.bin')
      assert.equal(whole.length, head.length + big.length)
      assert.equal(whole.sha256, sum)
      assert.equal((await get('/nothing')).text, 'ERR not found\n')
      assert.equal((await get('/../../goop.json')).text, 'ERR forbidden\n')
    }
  })

  test(`we fetch the site of ${name}, by 1.0.0`, options, async t => {
    const directory = temporaryDirectory(t)
    const big = randomBytes(3 * 1024 * 1024 + 1)
    writeFileSync(join(directory, 'index.html'), '<h1>Script</h1>\n')
    writeFileSync(join(directory, 'big.bin'), big)
    mkdirSync(join(directory, 'lua'))
    const { ours, theirs } = await setup(t, { js: [...js, '-site', directory] })
    await announce(ours, theirs)
    const page = await ours.goop2('fetch', theirs.id, '/')
    assert.equal(page.stdout, '<h1>Script</h1>\n', page.stderr)
    const whole = await ours.goop2('fetch', theirs.id, '/big.bin')
    assert.ok(whole.bytes.equals(big), whole.stderr)
    assert.equal((await ours.goop2('fetch', theirs.id, '/none')).code, 4)
    assert.equal((await ours.goop2('fetch', theirs.id, '/lua/x')).code, 5)
    const seen = await ours.http(`/p/${theirs.id}/index.html`)
    assert.equal(seen.status, 200)
    assert.equal(seen.body, '<h1>Script</h1>\n')
  })

  test(`presence goes both ways with ${name}`, options, async t => {
    const { ours, theirs } = await setup(t, { js })
    await theirs.do('subscribe', topic)
    const heard = await theirs.next(e => e.event === 'message' &&
      e.from === ours.id && JSON.parse(e.text).type !== 'offline')
    const said = JSON.parse(heard.text)
    assert.equal(said.peerId, ours.id)
    assert.equal(said.content, 'Ours')
    const row = await announce(ours, theirs)
    assert.equal(row.label, 'Scripter')
    await ours.sees(theirs)
    assert.deepEqual((await theirs.do('mesh', topic)).peers, [ours.id])
    await theirs.do('publish', topic, presence(theirs, { type: 'offline' }))
    await ours.sees(theirs, { offline: true })
    await ours.stop()
    await theirs.next(e => e.event === 'message' && e.from === ours.id &&
      JSON.parse(e.text).type === 'offline')
  })

  test(`${name} asks our database, byte for byte as the original`,
    { skip: options.skip || (dataBusMissing ?? false) }, async t => {
      const { ours, theirs } = await setup(t, { js })
      await theyAsk(t, ours, theirs)
    })

  test(`we ask the database of ${name}, which answers as the original`,
    { skip: options.skip || (dataBusMissing ?? false) }, async t => {
      const { ours, theirs } = await setup(t, { js })
      await announce(ours, theirs)
      await weAsk(t, ours, theirs)
    })
}

test('messages of js peers reach each other through us', options, async t => {
  const { lan, ours, theirs } = await setup(t)
  const old = await startJs(t, lan.host(), '-old')
  const other = await startJs(t, lan.host())
  const all = [theirs, other, old]
  for (const peer of [other, old]) await peer.do('dial', ours.address)
  for (const peer of all) await peer.do('subscribe', topic)
  for (const a of all) {
    for (const b of all.filter(peer => peer !== a)) {
      assert.equal((await carries(a, b)).via, ours.id)
      assert.deepEqual((await b.do('peers')).peers, [ours.id])
    }
  }
  await staysInFavour(all, ours, all)
})

const goMissing = missing ?? (existsSync(join(build, 'gopeer')) ||
  spawnSync('go', ['build', '-o', join(build, 'gopeer'), '.'],
    { cwd: join(here, 'go') }).status === 0
  ? undefined
  : 'the go peer cannot be built here')

// Their ids of one message differ: each must be told of it in its own form.
test('messages between js and go peers go through us', { skip: goMissing ??
  false }, async t => {
  const { lan, ours, theirs } = await setup(t)
  const go = await startGo(t, lan.host())
  await go.do('dial', ours.address)
  for (const peer of [theirs, go]) await peer.do('subscribe', topic)
  for (const [a, b] of [[theirs, go], [go, theirs]]) {
    assert.equal((await carries(a, b)).via, ours.id)
  }
  await staysInFavour([theirs], ours, [theirs, go])
  await carries(go, theirs)
})

test('a js peer outside the mesh hears by IHAVE and IWANT', options,
  async t => {
    const { lan, ours, theirs } = await setup(t)
    const outside = await startJs(t, lan.host(), '-no-mesh')
    await outside.do('dial', ours.address)
    for (const peer of [theirs, outside]) await peer.do('subscribe', topic)
    await carries(outside, theirs)
    await ours.until('it left the mesh', async () =>
      (await outside.do('mesh', topic)).peers.length === 0)
    assert.equal((await carries(theirs, outside)).via, ours.id)
    await staysInFavour([theirs, outside], ours, [theirs])
  })

test('mDNS: js finds us', options, async t => {
  const { lan, ours } = await setup(t)
  const js = await startJs(t, lan.host(), '-mdns', 'goop-mdns')
  const found = await js.next(e => e.event === 'found' && e.id === ours.id)
  assert.ok(found.addrs.length > 0)
  assert.ok(found.addrs.some(a => a.includes('/tcp/41001')))
  assert.ok((await js.do('ping', ours.id)).rtt_us > 0)
})

test('mDNS: we find js and dial it', options, async t => {
  const lan = Network.create(t)
  const ours = await startOurs(t, lan.host())
  const js = await startJs(t, lan.host(), '-mdns', 'goop-mdns', '-passive')
  await js.do('subscribe', topic)
  await js.next(e => e.event === 'message' && e.from === ours.id)
  const { connections } = await js.do('connections', ours.id)
  assert.equal(connections[0].direction, 'inbound')
  await announce(ours, js)
  await ours.sees(js)
})

test('streams that are reset or never read hurt nobody else', options,
  async t => {
    const big = randomBytes(8 * 1024 * 1024)
    const { ours, theirs } = await setup(t, { files: { 'big.bin': big } })
    const before = await ours.daemon('goopd')
    for (let i = 0; i < 20; i++) {
      const cut = await theirs.do('reset', ours.id, site, 'GET /big.bin\\n')
      assert.ok(cut.length > 0 && cut.length < big.length)
      await theirs.do('hold', ours.id, site, 'GET /big.bin\\n')
    }
    const get = await theirs.do('ask', ours.id, site, 'GET /hello.txt\\n')
    assert.equal(get.length, 37)
    assert.ok((await theirs.do('ping', ours.id)).rtt_us > 0)
    assert.equal((await theirs.do('release')).count, 20)
    const whole = await theirs.do('ask', ours.id, site, 'GET /big.bin\\n')
    assert.equal(whole.length, big.length + 'OK application/octet-stream \n'
      .length + String(big.length).length)
    const after = await ours.daemon('goopd')
    assert.equal(after.pid, before.pid)
  })

test('streams over a limit are reset, the connection survives', options,
  async t => {
    const { ours, theirs } = await setup(t)
    const answers = async () =>
      (await theirs.do('open', ours.id, content, '')).text === 'Ours\n'
    await theirs.do('identify', ours.id)
    const site_streams = await theirs.do('streams', ours.id, site, '200')
    assert.equal(site_streams.answered, 32)
    assert.ok(await answers())
    const silent = await theirs.do('streams', ours.id, '-', '600')
    assert.ok(silent.answered > 0 && silent.answered <= 256 - 32,
      `${silent.answered} are open`)
    assert.ok((await theirs.do('connections', ours.id)).connections.length)
    await theirs.do('release')
    assert.ok(await answers())
    const { counters } = await ours.daemon('goopd')
    assert.equal(counters.streams_over_peer_limit +
      counters.streams_over_protocol_limit, 200 - 32)
    assert.ok(counters.yamux_streams_refused >= 600 - silent.answered)
  })
