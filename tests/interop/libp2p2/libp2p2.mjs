// js-libp2p of the 2 generation, as js_peer.mjs wants it: with streams that look
// like those of the 3 generation.
export { gossipsub } from '@chainsafe/libp2p-gossipsub'
export { noise } from '@chainsafe/libp2p-noise'
export { yamux } from '@chainsafe/libp2p-yamux'
export { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
export { identify, identifyPush } from '@libp2p/identify'
export { mdns } from '@libp2p/mdns'
export { peerIdFromString } from '@libp2p/peer-id'
export { ping } from '@libp2p/ping'
export { tcp } from '@libp2p/tcp'
export { multiaddr } from '@multiformats/multiaddr'
export { createLibp2p } from 'libp2p'

const QUEUE_MAX = 16 // pieces that wait to be sent

class Stream extends EventTarget {
  status = 'open'
  readableEnded = false
  #queue = []
  #isClosed = false
  #wake = () => {}
  #drained = []

  constructor (inner) {
    super()
    this.inner = inner
    this.sent = inner.sink(this.#pieces()).catch(error => this.#fail(error))
  }

  async * #pieces () {
    for (;;) {
      if (this.#queue.length) {
        yield this.#queue.shift()
        continue
      }
      for (const done of this.#drained.splice(0)) done()
      if (this.#isClosed) return
      await new Promise(resolve => { this.#wake = resolve })
    }
  }

  // Nothing is read before somebody listens.
  addEventListener (name, ...rest) {
    super.addEventListener(name, ...rest)
    if (name === 'message' && !this.reading) this.reading = this.#read()
  }

  async #read () {
    try {
      for await (const data of this.inner.source) {
        this.dispatchEvent(Object.assign(new Event('message'), { data }))
      }
    } catch (error) {
      this.#fail(error)
      return
    }
    this.readableEnded = true
    this.dispatchEvent(new Event('end'))
  }

  #fail (error) {
    if (this.status === 'reset') return
    this.status = 'reset'
    this.dispatchEvent(Object.assign(new Event('close'), { error }))
  }

  send (bytes) {
    this.#queue.push(bytes)
    this.#wake()
    return this.#queue.length < QUEUE_MAX
  }

  onDrain () {
    return new Promise(resolve => this.#drained.push(resolve))
  }

  async close () {
    this.#isClosed = true
    this.#wake()
    await this.sent
  }

  abort (error) {
    this.inner.abort(error)
    this.#fail(error)
  }

  pause () {}
}

export const openStream = async (node, peer, protocol, options) =>
  new Stream(await node.dialProtocol(peer, protocol, options))

export const handle = (node, protocol, handler, options) =>
  node.handle(protocol, ({ stream, connection }) =>
    handler(new Stream(stream), connection), options)
