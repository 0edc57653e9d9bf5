// js-libp2p of the 3 generation, as js_peer.mjs wants it. libp2p2/libp2p2.mjs
// gives the same of the generation before.
export { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
export { gossipsub } from '@libp2p/gossipsub'
export { identify, identifyPush } from '@libp2p/identify'
export { mdns } from '@libp2p/mdns'
export { noise } from '@libp2p/noise'
export { peerIdFromString } from '@libp2p/peer-id'
export { ping } from '@libp2p/ping'
export { tcp } from '@libp2p/tcp'
export { yamux } from '@libp2p/yamux'
export { multiaddr } from '@multiformats/multiaddr'
export { createLibp2p } from 'libp2p'

export const openStream = (node, peer, protocol, options) =>
  node.dialProtocol(peer, protocol, options)

export const handle = (node, protocol, handler, options) =>
  node.handle(protocol, handler, options)
