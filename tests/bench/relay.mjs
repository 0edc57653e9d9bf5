// make bench: a relay of ours beside HAProxy, which opens and seals TLS on both
// legs as a relay does Noise, and beside a relay of go-libp2p; what reservations
// cost; what one greedy circuit does to polite ones. Load and relay share this
// machine's cores, so what a relay needs of one is told too.
//
//	SECONDS=4 RESERVATIONS=5000 node tests/bench/relay.mjs
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
const build = resolve(root, process.env.BUILD ?? 'build')
const relayLoad = join(build, 'release/bench/relay_load')
const tlsLoad = join(build, 'release/bench/tls_load')
const gopeer = join(build, 'gopeer')
const SECONDS = Number(process.env.SECONDS ?? 4)
const RESERVATIONS = Number(process.env.RESERVATIONS ?? 5000)
const POLITE = 20
const SOURCE_PORT = 28443, PROXY_PORT = 28444
const PATIENCE_MS = 60000
const AIM_HAPROXY = 0.8, AIM_GO = 1.5, AIM_KIB = 40
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']))

function report (what, value, note = '') {
  console.log(`${what.padEnd(52)} ${value.padStart(14)}  ${note}`)
}
const perSecond = rate => `${(rate / 1e6).toFixed(0)} MB/s`

function start (t, command, ...args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  child.lines = createInterface({ input: child.stdout })
  return child
}
const firstLine = child => new Promise(resolve => child.lines.once('line', resolve))

function cpuSeconds ({ pid }) {
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(words[11]) + Number(words[12])) / TICKS
}
const residentKib = ({ pid }) => Number(/VmRSS:\s*(\d+)/.exec(
  readFileSync(`/proc/${pid}/status`, 'utf8'))[1])

function numbers (command, ...args) {
  const out = execFileSync(command, args.map(String),
    { encoding: 'utf8', timeout: PATIENCE_MS })
  return Object.fromEntries(out.trim().split('\n').map(line => {
    const [name, value] = line.split(' ')
    return [name, Number(value)]
  }))
}

async function startOurs (t) {
  const relay = start(t, relayLoad, 'relay')
  return { name: 'our relay', process: relay, address: await firstLine(relay) }
}

async function startGo (t) {
  const made = spawnSync('go', ['build', '-o', gopeer, '.'],
    { cwd: join(root, 'tests/interop/go') })
  if (made.status !== 0) return undefined
  const relay = start(t, gopeer, '-relay', 'none')
  const { id, addrs } = JSON.parse(await firstLine(relay))
  return { name: 'a relay of go-libp2p', process: relay, address: `${addrs[0]}/p2p/${id}` }
}

// HAProxy with one thread, as our relay has, between a source and a sink.
async function startProxy (t) {
  if (spawnSync('haproxy', ['-v']).status !== 0) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'goop-bench-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = name => join(directory, name)
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=bench', '-keyout',
    file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' })
  writeFileSync(file('both.pem'), readFileSync(file('cert.pem'), 'utf8') +
    readFileSync(file('key.pem'), 'utf8'))
  const suite = 'ciphersuites TLS_CHACHA20_POLY1305_SHA256'
  writeFileSync(file('haproxy.cfg'), `
global
  nbthread 1
  tune.bufsize 65536
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:${PROXY_PORT} ssl crt ${file('both.pem')} ${suite} ssl-min-ver TLSv1.3
  server source 127.0.0.1:${SOURCE_PORT} ssl verify none ${suite} ssl-min-ver TLSv1.3
`)
  start(t, tlsLoad, 'source', SOURCE_PORT, file('cert.pem'), file('key.pem'))
  await delay(500)
  const proxy = start(t, 'haproxy', '-db', '-f', file('haproxy.cfg'))
  await delay(1000)
  return { name: 'HAProxy', process: proxy }
}

function through (relay, circuits) {
  const before = cpuSeconds(relay.process)
  const { rate } = relay.address
    ? numbers(relayLoad, 'through', relay.address, circuits, SECONDS)
    : numbers(tlsLoad, 'sink', PROXY_PORT, circuits, SECONDS)
  const used = (cpuSeconds(relay.process) - before) / (SECONDS + 1)
  return { rate, perCpuSecond: rate / used }
}

test('bytes through circuits', async t => {
  const ours = await startOurs(t)
  const others = [[await startProxy(t), AIM_HAPROXY], [await startGo(t), AIM_GO]]
  console.log(`${availableParallelism()} cores`)
  for (const circuits of [1, 50]) {
    const many = `${circuits} circuit${circuits > 1 ? 's' : ''}`
    const got = through(ours, circuits)
    report(`${ours.name}, ${many}`, perSecond(got.rate),
      `${perSecond(got.perCpuSecond)} of a core`)
    for (const [other, aim] of others) {
      if (!other) continue
      const theirs = through(other, circuits)
      report(`${other.name}, ${many}`, perSecond(theirs.rate),
        `${perSecond(theirs.perCpuSecond)} of a core; ours has ` +
        `${(got.rate / theirs.rate).toFixed(2)} of it, ` +
        `${(got.perCpuSecond / theirs.perCpuSecond).toFixed(2)} of a core; aim ${aim}`)
    }
  }
})

test('a greedy circuit beside polite ones', async t => {
  const { address } = await startOurs(t)
  const alone = numbers(relayLoad, 'through', address, 0, SECONDS, POLITE)
  const beside = numbers(relayLoad, 'through', address, 1, SECONDS, POLITE)
  report(`512 KiB, the slowest of ${POLITE} polite circuits`,
    `${(alone.slowest_us / 1000).toFixed(1)} ms`)
  report('  beside a greedy one', `${(beside.slowest_us / 1000).toFixed(1)} ms`,
    `which has ${perSecond(beside.rate)}`)
})

test('reservations', async t => {
  const { process: relay, address } = await startOurs(t)
  const before = residentKib(relay)
  await firstLine(start(t, relayLoad, 'places', address, RESERVATIONS))
  await delay(2000)
  report(`memory of each of ${RESERVATIONS} reservations`,
    `${((residentKib(relay) - before) / RESERVATIONS).toFixed(1)} KiB`, `aim ${AIM_KIB}`)
  const used = cpuSeconds(relay)
  await delay(10000)
  report('  processor at rest',
    `${(10 * (cpuSeconds(relay) - used)).toFixed(2)} %`, 'of a core')
})
