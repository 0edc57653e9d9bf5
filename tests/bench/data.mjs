// make bench: what a peer's database does for visitors, next to SQLite alone
// on the same disk in the same run. Load and peer share this machine's cores.
// The aims of the project stand behind as "aim".
//
//	ROWS=1000000 SECONDS=4 node tests/bench/data.mjs
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DataBus } from '../scenarios/lib/data_bus.mjs'
import { Host, netnsMissing } from '../scenarios/lib/netns.mjs'
import { Peer } from '../scenarios/lib/peer.mjs'

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
const tools = join(resolve(root, process.env.BUILD ?? 'build'), 'release/bench')
const ROWS = Number(process.env.ROWS ?? 1000000)
const SECONDS = Number(process.env.SECONDS ?? 4)
const PORT = 41001
const PAGE = 5000
const loads = [[1, 32], [50, 8]] // connections, streams of each
const aims = { point: 20000, insert: 5000 }
const AIM_P99_MS = 10

function report (what, value, note = '') {
  console.log(`${what.padEnd(52)} ${value.padStart(14)}  ${note}`)
}
const perSecond = rate => `${Math.round(rate).toLocaleString('en')}/s`
const ms = value => `${value.toFixed(2)} ms`

function numbers (text) {
  return Object.fromEntries(text.trim().split('\n').map(line => {
    const [name, value] = line.split(' ')
    return [name, Number(value)]
  }))
}

function plain () {
  const directory = mkdtempSync(join(tmpdir(), 'goop-bench-'))
  const got = numbers(execFileSync(join(tools, 'data_plain'),
    [directory, String(ROWS)], { encoding: 'utf8' }))
  rmSync(directory, { recursive: true })
  report('SQLite alone, inserts, an fsync each', perSecond(got.insert))
  report('SQLite alone, inserts, 64 to an fsync', perSecond(got.grouped))
  report(`SQLite alone, one of ${ROWS} rows`, perSecond(got.point))
  return got
}

async function makePeer (t, host) {
  const peer = await Peer.init(t, {
    label: 'Bench',
    host,
    config: { p2p: { listen_port: PORT }, log: { level: 'warn' } }
  })
  await peer.start()
  const bus = new DataBus(t, peer)
  const column = name => ({ name, type: 'TEXT', not_null: false, default: '' })
  await bus.own({
    op: 'create-table',
    table: 'bench',
    column_defs: [column('title'), column('text')]
  })
  await bus.own({
    op: 'set-access',
    table: 'bench',
    access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' }
  })
  await peer.stop()
  execFileSync(join(tools, 'data_plain'),
    ['fill', join(peer.directory, 'data.db'), String(ROWS)])
  return peer
}

// Not execFileSync: the peer's output has to be read meanwhile.
async function load (peer, kind, connections, streams, rate) {
  const address = `/ip4/127.0.0.1/tcp/${PORT}/p2p/${peer.id}`
  const command = [join(tools, 'data_load'), address, kind, connections,
    streams, SECONDS, ...(rate ? [Math.round(rate)] : [])].map(String)
  const [program, ...args] = peer.host ? peer.host.command(...command) : command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', data => { text += data })
  const code = await new Promise(resolve => child.once('close', resolve))
  const got = numbers(text)
  if (code !== 0 || got.failed > 0) throw new Error(`data_load: ${text}`)
  return got
}

const ceiling = (alone, kind) =>
  kind === 'point' ? alone.point : alone.grouped

function quantiles (what, got, note = '') {
  report(what, ms(got.p50_ms), ms(got.p99_ms) + note)
}

async function measure (peer, alone, kind) {
  const words = kind === 'point' ? `point:${ROWS}` : kind
  for (const [connections, streams] of loads) {
    const over = `over ${connections} connection${connections > 1 ? 's' : ''}`
    const full = await load(peer, words, connections, streams)
    const share = full.rate / ceiling(alone, kind)
    report(`${kind}, ${over}, ${connections * streams} under way`,
      perSecond(full.rate),
      `aim ${perSecond(aims[kind])}; ${(100 * share).toFixed(0)} % of SQLite alone`)
    quantiles('  p50, p99', full)
    quantiles('  at half of it', await load(peer, words, connections, streams,
      full.rate / 2))
    quantiles(`  at ${perSecond(aims[kind] / 2)}`, await load(peer, words,
      connections, streams, aims[kind] / 2), `, aim < ${AIM_P99_MS} ms`)
  }
}

function residentKib (pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const value = name => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)[1])
  return { now: value('VmRSS'), peak: value('VmHWM') }
}

async function page (t, peer) {
  const bus = new DataBus(t, peer)
  const { pid } = await peer.daemon('goopd')
  const before = residentKib(pid)
  const start = performance.now()
  let rows = 0
  for (let after = 0; ;) {
    const got = await bus.own({ op: 'query', table: 'bench', where: '_id > ?',
      args: [after], order: '_id', limit: PAGE })
    if (got.length === 0) break
    rows += got.length
    after = got.at(-1)._id
  }
  const seconds = (performance.now() - start) / 1000
  const after = residentKib(pid)
  report(`${rows} rows, in pages of ${PAGE}`, perSecond(rows / seconds))
  report('  memory of goopd: before, after',
    `${(before.now / 1024).toFixed(0)} MiB`,
    `${(after.now / 1024).toFixed(0)} MiB, at most ` +
    `${(after.peak / 1024).toFixed(0)} MiB ever`)
}

test('bench', { timeout: 600000 }, async t => {
  console.log(`on ${availableParallelism()} cores\n`)
  const alone = plain()
  const host = netnsMissing ? undefined : Host.alone(t)
  const peer = await makePeer(t, host)
  await peer.start()
  await measure(peer, alone, 'point')
  await page(t, peer)
  await measure(peer, alone, 'insert')
  await peer.stop()
})
