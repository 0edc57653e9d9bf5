// make bench-nat: every pair of homes behind routers of each kind, 50 ms of round
// trip apart, with a relay beside their rendezvous server: is the visit answered,
// and by which way after a while? Writes the table of docs/meeting.md.
//
//	RUNS=3 KINDS=open,cone node tests/bench/nat.mjs
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Internet } from '../scenarios/lib/internet.mjs'
import { Network } from '../scenarios/lib/netns.mjs'
import { Peer } from '../scenarios/lib/peer.mjs'
import { Rendezvous } from '../scenarios/lib/rendezvous.mjs'

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
const build = resolve(root, process.env.BUILD ?? 'build')
const page = join(root, 'docs/meeting.md')
const RUNS = Number(process.env.RUNS ?? 3)
const KINDS = (process.env.KINDS ?? 'open,cone,fullcone,symmetric,reject').split(',')
const EACH_WAY_MS = 12 // of a network to the middle: 48 ms there and back
const LONG_ENOUGH_MS = 20000 // for three tries

// Each network has a long wire to the middle.
class FarInternet extends Internet {
  wires = 0

  async far () {
    const lan = new Network(this.t)
    lan.net4 = `45.77.${lan.number}`
    const wire = spawn(join(build, 'release/bench/delay_link'),
      [lan.name, this.router.name, String(EACH_WAY_MS)])
    this.t.after(() => wire.kill('SIGKILL'))
    await new Promise(resolve => wire.stdout.once('data', resolve))
    const name = `far${this.wires++}`
    lan.run('ip', 'link', 'set', 'delay0', 'master', 'br0', 'up')
    this.router.run('ip', 'link', 'set', 'delay0', 'name', name)
    this.router.run('ip', 'link', 'set', name, 'up')
    this.router.run('ip', 'addr', 'add', `${lan.net4}.254/24`, 'dev', name)
    const host = lan.host({ ipv6: false })
    host.run('ip', 'route', 'add', 'default', 'via', `${lan.net4}.254`)
    return host
  }

  // What internet.home() builds on: the router's place.
  lan () {
    return { host: () => this.place }
  }

  async behind (kind) {
    this.place = await this.far()
    return kind === 'open' ? this.place : this.home({ kind }).host()
  }
}

const wayTo = async (peer, other) => (await peer.peers())
  .find(row => row.peer_id === other.id)?.way

async function run (t, kinds) {
  const internet = new FarInternet(t, { public: true })
  const server = await Rendezvous.start(t, { host: await internet.far(),
    config: { presence: { relay_port: 4001 } } })
  const hosts = []
  for (const kind of kinds) hosts.push(await internet.behind(kind))
  const peers = await Promise.all(hosts.map((host, i) => Peer.init(t, { host,
    label: `${i}`, files: { 'hello.txt': 'hello' },
    config: { log: { level: 'debug' }, presence: { rendezvous_wan: server.url } } })))
  await Promise.all(peers.map(peer => peer.start()))
  await Promise.all(peers.map(peer => peer.line(/relay reservation granted/)))
  const [left, right] = peers
  await Promise.all([left.sees(right), right.sees(left)])
  const got = await left.goop2('fetch', right.id, '/hello.txt')
  const end = Date.now() + LONG_ENOUGH_MS
  let way
  for (;;) {
    way = await wayTo(left, right)
    const { counters } = await right.daemon('goopd')
    if (way !== 'relayed' || counters.holepunch_in_vain > 0 || Date.now() > end) break
    await delay(100)
  }
  // Of the peer that was dialled: the other's moment has no number.
  const tries = peers.flatMap(peer => peer.lines.map(line =>
    /try=(\d+) .*there is a direct connection/.exec(line)?.[1]))
    .filter(Boolean).map(Number)
  return { reached: got.stdout === 'hello', way, tries: Math.max(0, ...tries) }
}

// "punched", "2 of 3 direct", "punched, try 2"
function cell (runs) {
  const lost = runs.filter(run => !run.reached).length
  const direct = runs.filter(run => run.way !== 'relayed')
  if (lost > 0) return `**${lost} not reached**`
  if (direct.length === 0) return 'relayed'
  const some = direct.length < runs.length ? `${direct.length} of ${runs.length} ` : ''
  const tries = Math.max(...direct.map(run => run.tries))
  return `${some}${direct[0].way}${tries > 1 ? `, try ${tries}` : ''}`
}

test('the matrix', async t => {
  const rows = []
  const all = []
  for (const from of KINDS) {
    const cells = []
    for (const to of KINDS) {
      const runs = []
      for (let i = 0; i < RUNS; i++) {
        await t.test(`${from} visits ${to}`, async scene => {
          runs.push(await run(scene, [from, to]))
        })
      }
      all.push(...runs)
      cells.push(cell(runs))
      console.log(`${from} visits ${to}: ${cells.at(-1)}`)
    }
    rows.push(`| **${from}** | ${cells.join(' | ')} |`)
  }
  const punched = all.filter(run => run.way === 'punched')
  const table = [`| visitor \\ visited | ${KINDS.join(' | ')} |`,
    `|---|${KINDS.map(() => '---').join('|')}|`, ...rows, '',
    `${all.filter(run => run.reached).length} of ${all.length} visits were ` +
    `answered; ${punched.filter(run => run.tries < 2).length} of ` +
    `${punched.length} holes were there at the first try.`].join('\n')
  const text = readFileSync(page, 'utf8')
  writeFileSync(page, text.replace(/(<!-- matrix -->\n)[^]*(<!-- end -->)/,
    (_, before, after) => `${before}${table}\n${after}`))
})
