// AutoNAT against an unmodified go-libp2p node: each tells the other whether it
// can be reached, by v1 and v2.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { before, test } from 'node:test'
import { LinePeer } from './line_peer.mjs'
import { Internet } from '../scenarios/lib/internet.mjs'
import { netnsMissing } from '../scenarios/lib/netns.mjs'
import { Peer } from '../scenarios/lib/peer.mjs'
import { Rendezvous } from '../scenarios/lib/rendezvous.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const build = resolve(here, '../..', process.env.BUILD ?? 'build')
const gopeer = join(build, 'gopeer')
const PORT = 41001
const CLOSED = 9

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

async function startGo (t, host, args = []) {
  const peer = await LinePeer.start(host.command(gopeer, '-listen',
    `/ip4/${host.ipv4}/tcp/${PORT}`, ...args))
  t.after(() => peer.stop())
  return peer
}

// A relay of ours, which dials others back, by its multiaddr.
async function startRelay (t, internet) {
  const server = await Rendezvous.start(t, {
    host: internet.lan().host(), config: { presence: { relay_port: 4001 } }
  })
  const relay = await server.until('the relay', async () => {
    const { body } = await server.ask('/relay')
    const told = JSON.parse(body || '{}')
    return told.addrs?.length ? told : undefined
  })
  const address = relay.addrs.find(each => each.startsWith('/ip4/45.77.'))
  return {
    server,
    id: relay.peer_id,
    address: `${address.replace(/\/p2p\/.*/, '')}/p2p/${relay.peer_id}`
  }
}

// What a counter of the relay says.
async function counted (server, name) {
  const row = await server.daemon('goop-relayd')
  return row.counters?.[name] ?? 0
}

// Strangers get no further than the host's firewall.
const shut = host => host.run('nft', `
  table inet firewall {
    chain coming {
      type filter hook input priority 0; policy drop;
      iifname "lo" accept
      ct state established,related accept
    }
  }`)

test('go asks our relay, by v2', options, async t => {
  const internet = Internet.create(t, { public: true })
  const relay = await startRelay(t, internet)
  const host = internet.lan().host()
  const second = host.ipv4.replace(/\d+$/, '200')
  host.run('ip', 'addr', 'add', `${second}/24`, 'dev', 'eth0')
  const go = await startGo(t, host,
    ['-listen', `/ip4/${second}/tcp/${PORT}`])
  const ask = async address => (await go.do('autonat2', relay.address,
    address)).reachability
  assert.equal(await ask(`/ip4/${host.ipv4}/tcp/${PORT}`), 'Public')
  assert.equal(await ask(`/ip4/${host.ipv4}/tcp/${CLOSED}`), 'Private')
  // Not the address from which it asks: it costs data.
  assert.equal(await ask(`/ip4/${second}/tcp/${PORT}`), 'Public')
  assert.ok(await counted(relay.server, 'autonat_data_taken') >= 30000)
})

test('go asks our relay, by v1', options, async t => {
  const internet = Internet.create(t, { public: true })
  const relay = await startRelay(t, internet)
  const [open, closed] = [internet.lan().host(), internet.lan().host()]
  shut(closed)
  const go = await startGo(t, open)
  await go.do('dial', relay.address)
  await go.do('autonat1', relay.id)
  const hidden = await startGo(t, closed)
  await hidden.do('dial', relay.address)
  await assert.rejects(hidden.do('autonat1', relay.id), /E_DIAL_ERROR/)
})

for (const version of [2, 1]) {
  test(`we ask go, by v${version}`, options, async t => {
    const internet = Internet.create(t, { public: true })
    const go = await startGo(t, internet.lan().host(),
      ['-autonat', String(version)])
    const host = internet.lan().host({ ipv6: false })
    const ours = await Peer.init(t, {
      host, label: 'Ours', config: { p2p: { listen_port: PORT } }
    })
    await ours.start()
    await go.do('dial', `/ip4/${host.ipv4}/tcp/${PORT}/p2p/${ours.id}`)
    await ours.line(new RegExp('own address reachable ' +
      `address=/ip4/${host.ipv4}/tcp/${PORT} judge=${go.id} ` +
      `version=${version}`))
  })
}
