// make bench: what two peers of ours do on this machine, next to what the
// machine can do and what js-libp2p does, all in one run. Every line is a
// measurement; the aims of the project stand behind as "aim". Needs root
// (network namespaces) and curl; js-libp2p from tests/interop if it is there.
//
//	SIZE_MIB=1024 node tests/bench/bench.mjs
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readFileSync }
  from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Host, Network, netnsMissing } from '../scenarios/lib/netns.mjs'
import { GOOP2, Peer } from '../scenarios/lib/peer.mjs'

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
const build = resolve(root, process.env.BUILD ?? 'build')
const tools = join(build, 'release/bench')
const sizeMiB = Number(process.env.SIZE_MIB ?? 1024)
const size = sizeMiB * 1024 * 1024
const DELAY_MS = 30 // each way

function report (what, value, note = '') {
  console.log(`${what.padEnd(52)} ${value.padStart(14)}  ${note}`)
}
const gigabytes = rate => `${(rate / 1e9).toFixed(2)} GB/s`
const ms = value => `${value.toFixed(1)} ms`
const median = list => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]

function ceilings (...only) {
  const out = execFileSync(join(tools, 'ceiling'), only, { encoding: 'utf8' })
  return Object.fromEntries(out.trim().split('\n').map(line => {
    const [name, rate] = line.split(' ')
    return [name, Number(rate)]
  }))
}

// A hole takes no disk; but reading it for the first time costs the kernel
// several seconds a GiB, which is nobody's transfer rate.
function sparse (file) {
  const fd = openSync(file, 'w')
  ftruncateSync(fd, size)
  closeSync(fd)
  execFileSync('cat', [file], { stdio: ['ignore', 'ignore', 'inherit'] })
}

// Seconds that a command takes, its output thrown away.
async function seconds (host, command, sample) {
  const [program, ...args] = host.command(...command)
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  let running = true
  ended.then(() => { running = false })
  while (sample && running) {
    await sample()
    await Promise.race([ended, delay(100)])
  }
  const code = await ended
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`)
  return (performance.now() - start) / 1000
}

const memory = async peer =>
  (await peer.status()).daemons.reduce((sum, row) => sum + row.memory_kib, 0)

function supervisorMemory (peer) {
  const pss = readFileSync(`/proc/${peer.child.pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(pss)[1])
}

// CPU of a process and its children, in seconds.
function cpu (pid) {
  const ticks = p => {
    const stat = readFileSync(`/proc/${p}/stat`, 'utf8')
    const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(field[11]) + Number(field[12])
  }
  const tree = p => [p, ...readFileSync(`/proc/${p}/task/${p}/children`, 'utf8')
    .trim().split(' ').filter(Boolean).flatMap(tree)]
  return tree(pid).reduce((sum, p) => sum + ticks(p), 0) / 100
}

// CPU of the whole machine, in seconds.
function machineCpu () {
  const [user, nice, system, , , irq, softirq, steal] =
    readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/)
      .slice(1).map(Number)
  return (user + nice + system + irq + softirq + steal) / 100
}

async function pair (t, hosts) {
  const peers = []
  for (const [i, host] of hosts.entries()) {
    const peer = await Peer.init(t, { label: `Bench ${i}`, host })
    sparse(join(peer.directory, 'site', 'big.bin'))
    peers.push(peer)
  }
  return peers
}

async function startTimes (t, a, b) {
  const start = performance.now()
  await b.start()
  report('start to ready', ms(performance.now() - start), 'aim < 500 ms')
  await a.start()
  const again = performance.now()
  const seen = a.until('b', async () =>
    (await a.peers()).some(row => row.peer_id === b.id))
  await seen
  report('ready to seen by the other', ms(performance.now() - again),
    'aim < 2000 ms, polled every 50 ms')
  await Promise.all([a.sees(b), b.sees(a)])
}

async function idle (a) {
  await delay(3000) // what starting left to do
  const total = await memory(a) + supervisorMemory(a)
  report('idle memory of all daemons, PSS', `${(total / 1024).toFixed(1)} MiB`,
    'aim < 20 MiB')
  const before = cpu(a.child.pid), all = machineCpu()
  await delay(10000)
  const used = (cpu(a.child.pid) - before) / 10
  report('idle CPU of all daemons', `${(used * 100).toFixed(2)} %`,
    'aim < 0.1 %')
  const others = (machineCpu() - all) / 10 - used
  report('CPU that others took meanwhile', `${(others * 100).toFixed(0)} %`,
    'of a core; a transfer wants two to itself')
}

const fetchBig = (a, b) => [GOOP2, 'fetch', a.directory, b.id, '/big.bin']

// A machine that others share is faster and slower from one second to the
// next: only neighbours are compared, several times, and the median is told.
async function sideBySide (rounds, ours, other) {
  const list = []
  for (let i = 0; i < rounds; i++) {
    const theirs = await other()
    const rate = await ours()
    list.push({ rate, theirs, ratio: rate / theirs })
  }
  const middle = key => median(list.map(row => row[key]))
  return { rate: middle('rate'), theirs: middle('theirs'),
    ratio: middle('ratio'), worst: Math.min(...list.map(row => row.ratio)) }
}

const fetchRate = (a, b) => async () =>
  size / await seconds(a.host, fetchBig(a, b))

async function besideCipher (what, a, b, note) {
  await seconds(a.host, fetchBig(a, b)) // warm: connection, window
  const { rate, ratio, worst } = await sideBySide(5, fetchRate(a, b),
    () => ceilings('cipher').chacha20poly1305)
  const percent = value => `${(100 * value).toFixed(0)} %`
  report(what, gigabytes(rate), `${percent(ratio)} of one core's ` +
    `ChaCha20-Poly1305 (least: ${percent(worst)})${note}`)
}

// As the ceilings and js-libp2p are measured: over loopback.
async function overLoopback (t, host) {
  const [a, b] = await pair(t, [host, host])
  await Promise.all([a.start(), b.start()])
  await Promise.all([a.sees(b), b.sees(a)])
  await besideCipher('peer to peer over loopback (goop2 fetch)', a, b,
    ', aim 40 %')
  await besideJs(a, b)
  await Promise.all([a.stop(), b.stop()])
}

async function transfers (a, b, ceiling) {
  const url = new URL(`/p/${b.id}/big.bin`, a.url).href
  const curl = ['curl', '-sS', '-o', '/dev/null', url]
  const before = [await memory(a), await memory(b)]
  await besideCipher('peer to peer over a bridge (goop2 fetch)', a, b,
    "; one machine does both hosts' network")
  const page = []
  for (let i = 0; i < 3; i++) page.push(size / await seconds(a.host, curl))
  report('peer to browser side (curl through the viewer)',
    gigabytes(median(page)),
    `${(100 * median(page) / ceiling.loopback_tcp).toFixed(0)} % of loopback TCP`)
  let most = [0, 0]
  await seconds(a.host, curl, async () => {
    most = [Math.max(most[0], await memory(a)), Math.max(most[1], await memory(b))]
  })
  for (const [i, side] of ['receiving', 'serving'].entries()) {
    report(`memory during the transfer above idle, ${side}`,
      `${((most[i] - before[i]) / 1024).toFixed(1)} MiB`, 'aim < 8 MiB')
  }
}

function firstByte (a, path) {
  const out = spawnSync('nsenter', a.host.command('curl', '-sS', '-o',
    '/dev/null', '-w', '%{time_starttransfer}', new URL(path, a.url).href)
    .slice(1), { encoding: 'utf8' })
  return Number(out.stdout) * 1000
}

function warmFirstByte (a, b) {
  const times = Array.from({ length: 51 }, () => firstByte(a, `/p/${b.id}/`))
  report('time to first byte of a page, warm connection', ms(median(times)),
    'median of 51, curl through the viewer')
}

function jsTransfer () {
  const script = join(root, 'tests/bench/js_transfer.mjs')
  const done = spawnSync('node', ['--import',
    join(root, 'tests/interop/polyfill.mjs'), script, String(sizeMiB)],
  { encoding: 'utf8', cwd: join(root, 'tests/interop') })
  if (done.status !== 0) throw new Error(done.stderr.split('\n')[0])
  return JSON.parse(done.stdout)
}

async function besideJs (a, b) {
  let rss
  try {
    rss = jsTransfer().rss
  } catch (error) {
    report('js-libp2p', 'not measured', error.message)
    return
  }
  const { theirs, ratio, worst } = await sideBySide(3, fetchRate(a, b),
    () => jsTransfer().rate)
  report('js-libp2p, node to node', gigabytes(theirs), `ours is ` +
    `${ratio.toFixed(1)} times that (least: ${worst.toFixed(1)}), aim 5 times`)
  report('js-libp2p, memory of the receiving node (RSS)',
    `${(rss / 1048576).toFixed(0)} MiB`)
}

// Two hosts with a long wire between them.
async function longWire (t) {
  const hosts = [Host.alone(t), Host.alone(t)]
  const wire = spawn(join(tools, 'delay_link'),
    [hosts[0].name, hosts[1].name, String(DELAY_MS)])
  t.after(() => wire.kill('SIGKILL'))
  await new Promise(resolve => wire.stdout.once('data', resolve))
  for (const [i, host] of hosts.entries()) {
    host.ipv4 = `10.99.0.${i + 1}`
    host.run('ip', 'link', 'set', 'delay0', 'mtu', '65000', 'txqueuelen',
      '10000', 'up')
    host.run('ip', 'link', 'set', 'delay0', 'multicast', 'on')
    host.run('ip', 'addr', 'add', `${host.ipv4}/24`, 'dev', 'delay0')
    // TCP's own window must not be what limits.
    for (const key of ['tcp_rmem', 'tcp_wmem']) {
      host.run('sh', '-c', `echo 4096 1048576 67108864 > /proc/sys/net/ipv4/${key}`)
    }
  }
  return hosts
}

// The libp2p layer alone: no connection, no knowledge of the other side.
async function coldStart (hosts, round) {
  const tool = join(tools, 'host_transfer')
  const [program, ...args] = hosts[1].command(tool, 'serve', String(sizeMiB))
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise(resolve => server.stdout.once('data', resolve))
  const address = line.toString().trim().split(/\s+/)
    .find(word => word.startsWith('/')).replace(/ip4\/[\d.]+/,
      `ip4/${hosts[1].ipv4}`)
  hosts[0].run(tool, 'fetch', address) // the neighbours' ARP is not ours
  const out = hosts[0].run(tool, 'fetch', address)
  server.kill('SIGKILL')
  const value = name => Number(new RegExp(`${name} (\\d+)`).exec(out)[1])
  const first = value('first_byte_us') / 1000
  report(`dial to first byte at ${round} ms of round trip`, ms(first),
    `${(first / round).toFixed(2)} round trips, aim 3`)
  report(`one stream at ${round} ms of round trip`,
    `${(8 * value('rate') / 1e9).toFixed(2)} Gbit/s`,
    'growth of the windows included; their limit: 2.24')
}

async function overTheLongWire (t) {
  const hosts = await longWire(t)
  const round = 2 * DELAY_MS
  await coldStart(hosts, round)
  const [a, b] = await pair(t, hosts)
  await Promise.all([a.start(), b.start()])
  await Promise.all([a.sees(b), b.sees(a)])
  const times = Array.from({ length: 11 }, () => firstByte(a, `/p/${b.id}/`))
  report('page to first byte there, warm connection', ms(median(times)),
    `${(median(times) / round).toFixed(2)} round trips`)
  const time = await seconds(a.host, fetchBig(a, b))
  report('goop2 fetch there', `${(8 * size / time / 1e9).toFixed(2)} Gbit/s`)
}

test('bench', { skip: netnsMissing ?? false, timeout: 600000 }, async t => {
  console.log(`on ${availableParallelism()} cores, file of ${sizeMiB} MiB\n`)
  const ceiling = ceilings()
  report('ChaCha20-Poly1305, one core', gigabytes(ceiling.chacha20poly1305))
  report('TCP over loopback', gigabytes(ceiling.loopback_tcp))
  const lan = Network.create(t)
  const [a, b] = await pair(t, [lan.host(), lan.host()])
  await startTimes(t, a, b)
  await idle(a)
  warmFirstByte(a, b)
  await transfers(a, b, ceiling)
  await Promise.all([a.stop(), b.stop()])
  await overLoopback(t, lan.host())
  await overTheLongWire(t)
})
