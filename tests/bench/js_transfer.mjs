// js_transfer: SIZE_MIB MiB from one js-libp2p node to another, over loopback
// and in two processes, as our own bench does it. Prints one JSON object:
// {"rate": bytes a second, "rss": of the receiving process}.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

// The pinned packages live in the working directory, tests/interop.
const require = createRequire(join(process.cwd(), 'package.json'))
const load = name => import(pathToFileURL(require.resolve(name)).href)
const PROTOCOL = '/bench/1.0.0'
const PIECE = 64 * 1024

async function node () {
  const [{ createLibp2p }, { tcp }, { noise }, { yamux }, { identify }] =
    await Promise.all(['libp2p', '@libp2p/tcp', '@libp2p/noise',
      '@libp2p/yamux', '@libp2p/identify'].map(load))
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
}

async function serve (size) {
  const host = await node()
  await host.handle(PROTOCOL, async stream => {
    const piece = new Uint8Array(PIECE)
    for (let left = size; left > 0; left -= PIECE) {
      if (!stream.send(piece)) await stream.onDrain()
    }
    await stream.close()
  })
  process.send(host.getMultiaddrs()[0].toString())
}

async function fetch (address, size) {
  const { multiaddr } = await load('@multiformats/multiaddr')
  const host = await node()
  const stream = await host.dialProtocol(multiaddr(address), PROTOCOL)
  const start = performance.now()
  let got = 0
  for await (const chunk of stream) got += chunk.byteLength
  const seconds = (performance.now() - start) / 1000
  if (got < size) throw new Error(`${got} of ${size} bytes came`)
  console.log(JSON.stringify({ rate: got / seconds,
    rss: process.memoryUsage().rss }))
  process.exit(0)
}

const size = Number(process.argv[2]) * 1024 * 1024
if (process.send) {
  await serve(size)
} else {
  const server = fork(fileURLToPath(import.meta.url), [process.argv[2]],
    { execArgv: process.execArgv })
  process.on('exit', () => server.kill('SIGKILL'))
  server.once('exit', () => process.exit(1))
  server.once('message', address => fetch(address, size))
}
