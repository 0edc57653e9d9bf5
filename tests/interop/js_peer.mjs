// js_peer: an unmodified js-libp2p node, told what to do line by line.
//
//  node --import ./polyfill.mjs js_peer.mjs [-listen ADDR]... [-seed N]
//    [-mdns TAG] [-passive] [-label TEXT] [-site DIR] [-late-muxer]
//    [-no-mesh] [-old]
//
// It is of the 3 generation, or with -old of the 2 generation (which streams,
// hold and reset are not for). It dials what mDNS finds, as the original does,
// unless it is passive; with -late-muxer it keeps the muxer out of the Noise
// handshake; with -no-mesh it leaves every mesh, so that messages reach it only
// by IHAVE and IWANT.
//
// It prints one JSON object a line. The first is {"event":"ready","id","addrs"}.
// Commands on standard input, each answered by one line with the same "event":
//
//  dial MULTIADDR            multiaddr ends in /p2p/ID
//  disconnect ID
//  identify ID               {"protocols":[...],"agent":"...","observed":"..."}
//                            once identify is done
//  ping ID                   {"rtt_us":N}
//  open ID PROTOCOL TEXT     sends TEXT (JSON escapes), half-closes, reads to the
//                            end: {"text":"...","length":N,"sha256":"..."}
//  ask ID PROTOCOL TEXT      the same without half-closing
//  reset ID PROTOCOL TEXT    sends TEXT, reads some and resets: {"length":N}
//  hold ID PROTOCOL TEXT     sends TEXT, reads nothing, keeps the stream; when
//                            it ends, {"event":"held","how":"reset" or "closed"}
//  streams ID PROTOCOL N     opens N at once and keeps them:
//                            {"answered":N,"reset":N}; with - for PROTOCOL it
//                            proposes none
//  release                   resets all that are kept: {"count":N}
//  subscribe TOPIC           then {"event":"message","topic","from","via","text"}
//  publish TOPIC TEXT        {"peers":N} it went to
//  mesh TOPIC                {"peers":[...]}
//  score ID                  {"score":N} of the peer, in gossipsub
//  connections ID            {"connections":[{"muxer","direction","streams"}]}
//  peers                     {"peers":[...]} connected
//  quit
//
// A command that failed has "error". It serves /echo/1.0.0, and, as the
// original does, /goop/content/1.0.0, /goop/site/1.0.0 and, with made-up tables,
// /goop/data/1.0.0, of which it tells {"event":"asked","from","text"}.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const PIECE = 64 * 1024
const TEXT_MAX = 4096 // of an answer that is shown
const PATIENCE_MS = 60000
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css' }

function say (event, fields = {}) {
  process.stdout.write(JSON.stringify({ ...fields, event }) + '\n')
}

// Go's flags have one dash.
function options () {
  const args = process.argv.slice(2).map(word => word.replace(/^-(?=\w\w)/, '--'))
  return parseArgs({
    args,
    options: {
      listen: { type: 'string', multiple: true },
      seed: { type: 'string' },
      mdns: { type: 'string' },
      passive: { type: 'boolean', default: false },
      label: { type: 'string', default: 'js' },
      site: { type: 'string' },
      'late-muxer': { type: 'boolean', default: false },
      'no-mesh': { type: 'boolean', default: false },
      old: { type: 'boolean', default: false }
    }
  }).values
}

const flags = options()
const {
  createLibp2p, gossipsub, generateKeyPairFromSeed, handle, identify,
  identifyPush, mdns, multiaddr, noise, openStream, peerIdFromString, ping, tcp,
  yamux
} = await import(flags.old ? './libp2p2/libp2p2.mjs' : './libp2p3.mjs')

// Noise that leaves the muxer to a multistream round of its own.
const lateMuxer = components => {
  const inner = noise()(components)
  const late = how => (connection, options) => inner[how](connection,
    { ...options, skipStreamMuxerNegotiation: true })
  return {
    protocol: inner.protocol,
    secureInbound: late('secureInbound'),
    secureOutbound: late('secureOutbound')
  }
}

// mDNS that tells of all it finds, also of peers that are connected already.
const discovery = (tag, onFound) => components => {
  const inner = mdns({ serviceTag: `${tag}.local`, interval: 2000 })(components)
  inner.addEventListener('peer', ({ detail }) => onFound(detail))
  return inner
}

async function start (onFound) {
  const seed = flags.seed && Buffer.alloc(32, Number(flags.seed))
  return createLibp2p({
    ...(seed && { privateKey: await generateKeyPairFromSeed('Ed25519', seed) }),
    addresses: { listen: flags.listen ?? ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [flags['late-muxer'] ? lateMuxer : noise()],
    streamMuxers: [yamux()],
    peerDiscovery: flags.mdns ? [discovery(flags.mdns, onFound)] : [],
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      pubsub: gossipsub({
        allowPublishToZeroTopicPeers: true,
        ...(flags['no-mesh'] && { D: 0, Dlo: 0, Dhi: 0, Dout: 0, Dscore: 0 })
      })
    }
  })
}

async function sendAll (stream, data) {
  for (let at = 0; at < data.length; at += PIECE) {
    if (!stream.send(data.subarray(at, at + PIECE))) await stream.onDrain()
  }
}

// Give all that comes to take, until the end. (The iterator of a stream waits
// for ever if the other side closed before the iteration began.)
function read (stream, take) {
  return new Promise((resolve, reject) => {
    const end = () => {
      if (stream.status === 'reset') reject(new Error('the stream was reset'))
      else resolve()
    }
    stream.addEventListener('end', end)
    stream.addEventListener('close',
      event => event.error ? reject(event.error) : end())
    stream.addEventListener('message', event => take(event.data.subarray()))
    if (stream.readableEnded) end()
  })
}

async function readLine (stream) {
  let line = ''
  await new Promise((resolve, reject) => {
    read(stream, bytes => {
      line += Buffer.from(bytes).toString('latin1')
      if (line.includes('\n')) resolve()
    }).then(resolve, reject)
  })
  return line
}

async function siteAnswer (line, site) {
  const [, asked] = /^GET (.*)\n/.exec(line) ?? []
  if (asked === undefined) return 'ERR bad request\n'
  const name = normalize('/' + asked.trim())
  if (name.startsWith('/lua/')) return 'ERR forbidden\n'
  try {
    const body = await readFile(join(site, name === '/' ? 'index.html' : name))
    const type = types[extname(name) || '.html'] ?? 'application/octet-stream'
    return Buffer.concat([Buffer.from(`OK ${type} ${body.length}\n`), body])
  } catch {
    return 'ERR not found\n'
  }
}

// As the original prints them, byte for byte.
const dataAnswers = {
  'query posts': '{"ok":true,"data":[{"_id":3,"title":"Hello"}]}',
  'query empty': '{"ok":true,"data":null}',
  'query numbers':
    '{"ok":true,"data":[{"_id":1,"large":1e+21,"price":0.5,"whole":5}]}',
  'insert guestbook': '{"ok":true,"data":{"id":7,"status":"inserted"}}',
  'lua-call ': '{"ok":true}',
  'count posts':
    '{"ok":false,"error":"count not available for remote peers yet"}',
  'upsert posts': '{"ok":false,"error":"upsert not allowed for remote peers"}',
  'update posts': '{"ok":false,"error":"update not allowed: owner only"}',
  'delete guestbook':
    '{"ok":false,"error":"row not found or not owned by caller"}'
}

function dataAnswer (line) {
  const { op, table = '' } = JSON.parse(line)
  if (`${op} ${table}` === 'query large') {
    const text = 'x'.repeat(100)
    const data = Array.from({ length: 20000 }, (_, i) => ({ _id: i, text }))
    return JSON.stringify({ ok: true, data })
  }
  return dataAnswers[`${op} ${table}`] ??
    `{"ok":false,"error":"unknown op: ${op}"}`
}

async function serve (node) {
  const many = { maxInboundStreams: 256, maxOutboundStreams: 10000 }
  // A stream that its opener resets ends its handler with an error.
  const answer = (protocol, handler) => handle(node, protocol,
    (stream, connection) => handler(stream, connection.remotePeer.toString())
      .catch(error => stream.abort(error)), many)
  await answer('/echo/1.0.0', async stream => {
    await read(stream, bytes => stream.send(bytes))
    await stream.close()
  })
  await answer('/goop/content/1.0.0', async stream => {
    stream.send(Buffer.from(`${flags.label}\n`))
    await stream.close()
  })
  await answer('/goop/data/1.0.0', async (stream, from) => {
    const line = await readLine(stream)
    say('asked', { from, text: line })
    await sendAll(stream, Buffer.from(`${dataAnswer(line)}\n`))
    await stream.close()
  })
  await answer('/goop/site/1.0.0', async stream => {
    const reply = await siteAnswer(await readLine(stream), flags.site ?? '/nowhere')
    await sendAll(stream, Buffer.from(reply))
    await stream.close()
  })
}

const newStream = (node, id, protocol) => openStream(node,
  peerIdFromString(id), protocol, { signal: AbortSignal.timeout(10000) })

const unescape = (text = '') => Buffer.from(JSON.parse(`"${text}"`))

async function exchange (node, [id, protocol, text], halfClose) {
  const stream = await newStream(node, id, protocol)
  const timer = setTimeout(() => stream.abort(new Error('too slow')),
    PATIENCE_MS)
  try {
    const data = unescape(text)
    if (data.length) stream.send(data)
    if (halfClose) stream.close().catch(() => {}) // read() tells of a reset
    const sum = createHash('sha256')
    let head = Buffer.alloc(0)
    let length = 0
    await read(stream, bytes => {
      sum.update(bytes)
      length += bytes.length
      if (head.length < TEXT_MAX) head = Buffer.concat([head, bytes])
    })
    if (!halfClose) await stream.close()
    return {
      text: head.subarray(0, TEXT_MAX).toString(),
      length,
      sha256: sum.digest('hex')
    }
  } finally {
    clearTimeout(timer)
  }
}

const kept = new Set()

function keep (stream, onEnd = () => {}) {
  kept.add(stream)
  stream.addEventListener('close', event => {
    kept.delete(stream)
    onEnd(event.error ? 'reset' : 'closed')
  })
}

function release () {
  const count = kept.size
  for (const stream of kept) stream.abort(new Error('released'))
  return { count }
}

async function hold (node, [id, protocol, text]) {
  const stream = await newStream(node, id, protocol)
  stream.pause()
  keep(stream, how => say('held', { how }))
  stream.send(unescape(text))
}

async function reset (node, [id, protocol, text]) {
  const stream = await newStream(node, id, protocol)
  stream.send(unescape(text))
  let length = 0
  await new Promise((resolve, reject) => {
    read(stream, bytes => {
      length += bytes.length
      if (length >= PIECE) resolve()
    }).then(resolve, reject)
  })
  stream.abort(new Error('enough'))
  return { length }
}

async function openMany (node, [id, protocol, count]) {
  const [connection] = node.getConnections(peerIdFromString(id))
  const open = protocol === '-'
    ? () => connection.muxer.createStream()
    : () => connection.newStream(protocol,
      { maxOutboundStreams: 10000, signal: AbortSignal.timeout(10000) })
  const all = await Promise.allSettled(
    Array.from({ length: Number(count) }, open))
  // Some are refused only after they were answered, or without an answer.
  await delay(1000)
  const good = all.map(one => one.value).filter(one => one?.status === 'open')
  for (const stream of good) keep(stream)
  const error = all.find(one => one.status === 'rejected')?.reason
  return {
    answered: good.length,
    reset: all.length - good.length,
    why: error && `${error.name}: ${error.message}`
  }
}

const topics = new Set()

function listen (node) {
  node.services.pubsub.addEventListener('gossipsub:message', event => {
    const { msg, propagationSource } = event.detail
    if (!topics.has(msg.topic)) return
    say('message', {
      topic: msg.topic,
      from: msg.from?.toString(),
      via: propagationSource.toString(),
      text: Buffer.from(msg.data).toString()
    })
  })
}

const known = new Map() // what identify told about each peer

const commands = {
  dial: async (node, [address]) => {
    await node.dial(multiaddr(address), { signal: AbortSignal.timeout(10000) })
  },
  disconnect: (node, [id]) => node.hangUp(peerIdFromString(id)),
  identify: async (node, [id]) => {
    for (let i = 0; i < 100 && !known.has(id); i++) {
      await delay(50)
    }
    if (!known.has(id)) throw new Error(`no identify from ${id}`)
    return known.get(id)
  },
  ping: async (node, [id]) => {
    const ms = await node.services.ping.ping(peerIdFromString(id))
    return { rtt_us: Math.max(1, Math.round(ms * 1000)) }
  },
  open: (node, words) => exchange(node, words, true),
  ask: (node, words) => exchange(node, words, false),
  reset,
  hold,
  streams: openMany,
  release,
  subscribe: (node, [topic]) => {
    topics.add(topic)
    node.services.pubsub.subscribe(topic)
  },
  publish: async (node, [topic, text]) => {
    const { recipients } = await node.services.pubsub.publish(topic,
      Buffer.from(text))
    return { peers: recipients.length }
  },
  mesh: (node, [topic]) => ({ peers: node.services.pubsub.getMeshPeers(topic) }),
  score: (node, [id]) => ({ score: node.services.pubsub.score.score(id) }),
  connections: (node, [id]) => ({
    connections: node.getConnections(peerIdFromString(id)).map(connection => ({
      direction: connection.direction,
      muxer: connection.multiplexer,
      streams: connection.streams.map(stream => stream.protocol)
    }))
  }),
  peers: node => ({ peers: node.getPeers().map(String) })
}

async function obey (node, line) {
  const name = line.split(' ', 1)[0]
  // The last word of a command may contain spaces.
  const count = name === 'publish' ? 2 : 3
  const words = line.slice(name.length + 1).split(' ')
  const args = words.slice(0, count - 1)
  if (words.length >= count) args.push(words.slice(count - 1).join(' '))
  try {
    if (!commands[name]) throw new Error(`unknown command "${name}"`)
    say(name, await commands[name](node, args))
  } catch (error) {
    say(name, { error: `${error.name}: ${error.message}` })
  }
}

const node = await start(found => {
  const id = found.id.toString()
  say('found', { id, addrs: found.multiaddrs.map(String) })
  if (flags.passive) return
  node.dial(found.multiaddrs, { signal: AbortSignal.timeout(3000) })
    .catch(error => say('found-dial', { id, error: error.message }))
})
node.addEventListener('peer:identify', ({ detail }) => {
  known.set(detail.peerId.toString(), {
    protocols: detail.protocols,
    agent: detail.agentVersion,
    addrs: detail.listenAddrs.map(String),
    observed: detail.observedAddr?.toString()
  })
})
listen(node)
await serve(node)
say('ready', {
  id: node.peerId.toString(),
  addrs: node.getMultiaddrs().map(a => String(a).replace(/\/p2p\/.*$/, ''))
})
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'quit') break
  await obey(node, line)
}
setTimeout(() => process.exit(0), 2000).unref()
await node.stop()
process.exit(0)
