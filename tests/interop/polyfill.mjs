// What js-libp2p expects of Node 22 and Nodes 18 and 20 lack; loaded before it
// by --import.
import { webcrypto } from 'node:crypto'

if (!Promise.withResolvers) {
  Promise.withResolvers = function () {
    let resolve, reject
    const promise = new this((_resolve, _reject) => {
      resolve = _resolve
      reject = _reject
    })
    return { promise, resolve, reject }
  }
}

globalThis.crypto ??= webcrypto

globalThis.CustomEvent ??= class CustomEvent extends Event {
  #detail

  constructor (type, options = {}) {
    super(type, options)
    this.#detail = options.detail ?? null
  }

  get detail () {
    return this.#detail
  }
}
