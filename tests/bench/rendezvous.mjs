// make bench: what the rendezvous server takes for telling many, next to nchan
// of nginx doing the same in the same run and to the least that it can cost
// (fanout_floor.c), and what 10,000 peers of ours cost it. Ratios count.
// Server and load have a core each: where the scheduler mixes them, whoever is
// told runs in between and both lose their caches.
//
//	node tests/bench/rendezvous.mjs [SUBSCRIBERS ...]   (0: the peers alone)
import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync }
  from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
const build = resolve(root, process.env.BUILD ?? 'build')
const counts = process.argv.length > 2
  ? process.argv.slice(2).map(Number).filter(count => count > 0)
  : [100, 1000, 10000]
const REST_MS = 100 // between two flushes of ours: see hub.h
// One event at a time, each over before the next; then publishers who know
// nothing of each other, each once a second.
const offers = subscribers => [
  {
    publishers: 1,
    events: 30,
    perSecond: 1000 / Math.max(2 * REST_MS, subscribers / 10)
  },
  { publishers: 10, events: 60, perSecond: 10 },
  { publishers: 50, events: 150, perSecond: 50 }
]
const PEERS = Number(process.env.PEERS ?? 10000)
const STEADY_S = Number(process.env.STEADY_S ?? 30)
const HEARTBEAT_MS = 5000
const REFRESH_S = 8 // ROSTER_REFRESH_MS
const NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so'
const scratch = mkdtempSync(join(tmpdir(), 'goop-bench-'))
const ports = {
  goop: await freePort(),
  nchan: await freePort(),
  floor: await freePort()
}
const pinned = availableParallelism() > 1

function report (what, value, note = '') {
  console.log(`${what.padEnd(52)} ${value.padStart(14)}  ${note}`)
}

// One that is free, so that nobody else's server is measured; below those that
// the load's own connections get, which would keep us from starting again.
async function freePort () {
  for (;;) {
    const port = randomInt(20000, 32000)
    const server = createServer()
    const isFree = await new Promise(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '0.0.0.0', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
}

// On the server's core, or on the other one.
function placed (core, program, ...args) {
  return pinned
    ? ['taskset', ['-c', String(core), program, ...args.map(String)]]
    : [program, args.map(String)]
}

async function answers (port, path) {
  const tries = 200
  for (let n = 0; n < tries; n++) {
    try {
      await fetch(`http://127.0.0.1:${port}${path}`)
      return
    } catch {
      await delay(50)
    }
  }
  throw new Error(`nothing answers on port ${port}`)
}

async function startGoop () {
  const directory = join(scratch, 'server')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory)
  writeFileSync(join(directory, 'goop.json'), JSON.stringify({
    presence: {
      rendezvous_host: true,
      rendezvous_only: true,
      rendezvous_port: ports.goop,
      peer_db_path: 'cache/rendezvous.db',
      rendezvous_subscribers_max: 14000,
      rendezvous_classic_max: 14000,
      rendezvous_publishes_per_minute: 60000,
      rendezvous_publishes_per_address: 1000000
    },
    log: { level: 'warn' }
  }))
  return startAgain(directory)
}

async function startAgain (directory = join(scratch, 'server')) {
  const child = spawn(...placed(0, join(build, 'release/bin/goop-rendezvousd'),
    directory), { stdio: ['ignore', 'inherit', 'inherit'] })
  await answers(ports.goop, '/healthz')
  return child
}

async function startNchan () {
  const conf = join(scratch, 'nginx.conf')
  writeFileSync(conf, `
load_module ${NCHAN};
worker_processes 1; daemon off; master_process off;
pid ${scratch}/nginx.pid; error_log ${scratch}/nginx.log warn;
events { worker_connections 20000; }
http {
  access_log off; keepalive_requests 1000000; nchan_shared_memory_size 256M;
  server {
    listen 127.0.0.1:${ports.nchan};
    location = /publish {
      nchan_publisher; nchan_channel_id bench;
      nchan_message_buffer_length 1000;
    }
    location = /events {
      nchan_subscriber eventsource; nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
  }
}`)
  const child = spawn(...placed(0, 'nginx', '-c', conf), { stdio: 'inherit' })
  await answers(ports.nchan, '/')
  return child
}

async function startFloor () {
  const child = spawn(...placed(0, join(build, 'release/bench/fanout_floor'),
    ports.floor), { stdio: 'inherit' })
  await answers(ports.floor, '/')
  return child
}

// Milliseconds until it was gone.
async function stop (child) {
  const began = performance.now()
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
  return performance.now() - began
}

function fanout (port, pid, subscribers, offer, subscribe) {
  return JSON.parse(execFileSync(...placed(1,
    join(build, 'release/bench/fanout_load'), port, pid, subscribers,
    offer.publishers, offer.events, offer.perSecond, subscribe, '/publish'),
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

const percent = part => `${(part * 100).toFixed(0)} %`

function tell (name, result) {
  const perCpu = result.arrived / result.cpu_s
  const perSubscriber =
    (result.rss_busy_kib - result.rss_empty_kib) / result.subscribers
  report(`  ${name}`, `${Math.round(perCpu / 1000)} k`,
    'deliveries/CPU-s; ' +
    `${(result.cpu_s / result.arrived * 1e6).toFixed(2)} us each, p50 ` +
    `${result.p50_ms.toFixed(0)} ms, p99 ${result.p99_ms.toFixed(0)} ms, ` +
    `${(result.rss_busy_kib / 1024).toFixed(1)} MiB resident, ` +
    `${perSubscriber.toFixed(1)} KiB a subscriber; ` +
    `${percent(result.cpu_s / result.seconds)} of its core, load ` +
    percent(result.load_cpu_s / result.seconds) +
    (result.arrived === result.wanted ? '' : `; ${result.arrived} of ` +
      `${result.wanted} arrived`))
  return perCpu
}

// A server of its own for each measurement: memory is that of this one alone.
async function measure (name, start, port, subscribers, offer, path) {
  const server = await start()
  try {
    return tell(name, fanout(port, server.pid, subscribers, offer, path))
  } finally {
    await stop(server)
  }
}

async function compare (subscribers, offer) {
  console.log(`${subscribers} subscribers, ${offer.publishers} publishers, ` +
    `${offer.perSecond} events/s`)
  const delta = await measure('delta', startGoop, ports.goop, subscribers,
    offer, '/events?mode=delta')
  const classic = await measure('classic', startGoop, ports.goop, subscribers,
    offer, '/events')
  const floor = await measure('floor: a send for each and nothing else',
    startFloor, ports.floor, subscribers, offer, '/events')
  if (!existsSync(NCHAN)) {
    report('  nchan', '-', 'libnginx-mod-nchan is not installed')
    return
  }
  const nchan = await measure('nchan', startNchan, ports.nchan, subscribers,
    offer, '/events')
  report('  next to nchan: delta, classic, floor (aim 2)',
    [delta, classic, floor].map(one => (one / nchan).toFixed(1)).join(', '))
  if (offer.publishers > 1) return
  report('  peers of the original that half a core carries',
    `${Math.floor(Math.sqrt(REFRESH_S * classic / 2))}`,
    'at most, computed: N peers that are all passed on to N every ' +
    `${REFRESH_S} s are N x N / ${REFRESH_S} deliveries a second`)
}

// Peers of ours with a heartbeat each; the server is restarted under them.
async function peers () {
  let server = await startGoop()
  const load = spawn(...placed(1, join(build, 'release/bench/peers_load'),
    ports.goop, server.pid, PEERS, HEARTBEAT_MS, STEADY_S),
  { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => load.once('exit', resolve))
  for await (const line of createInterface({ input: load.stdout })) {
    if (line === 'restart') {
      report('  stop, with a word to each about when to come back',
        `${(await stop(server)).toFixed(0)} ms`)
      server = await startAgain()
      load.stdin.write(`${server.pid}\n`)
    } else {
      tellPeers(JSON.parse(line))
    }
  }
  const code = await ended
  await stop(server)
  if (code !== 0) throw new Error(`peers_load ended with ${code}`)
}

function tellPeers (result) {
  if (result.phase === 'steady') {
    const cores = result.cpu_s / result.seconds
    report(`${result.peers} peers of ours, steady (aim: half a core)`,
      percent(cores), 'of a core, a heartbeat each every ' +
      `${HEARTBEAT_MS / 1000} s and ${result.joins} joins in ` +
      `${result.seconds.toFixed(0)} s; ${(result.rss_kib / 1024).toFixed(1)} ` +
      `MiB resident; load ${percent(result.load_cpu_s / result.seconds)}; ` +
      'for a core that somebody else had the server waited ' +
      `${percent(result.waited_s / result.seconds)} of the time, the load ` +
      percent(result.load_waited_s / result.seconds))
    report('  join to seen, p99 (aim 500 ms)', `${result.p99_ms} ms`,
      `p50 ${result.p50_ms} ms, ${result.seen} of ` +
      `${result.joins * result.peers} arrived; ${result.lost} lost; before, ` +
      `all had published in ${result.publish_s.toFixed(1)} s and came within ` +
      `${result.seat_s.toFixed(1)} s`)
  } else {
    report('  all back after a restart (aim 60 s)',
      `${result.seconds.toFixed(1)} s`, `${result.tries} tries, ` +
      `${(result.bytes / 1e6).toFixed(0)} MB told, server used ` +
      `${result.cpu_s} s of CPU`)
  }
}

try {
  for (const subscribers of counts) {
    for (const offer of offers(subscribers)) await compare(subscribers, offer)
  }
  if (PEERS > 0) await peers()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
