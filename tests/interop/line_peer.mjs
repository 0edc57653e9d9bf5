// line_peer: drives a foreign libp2p node (go/main.go, js_peer.mjs) that takes
// commands line by line and answers with one JSON object a line.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const PATIENCE_MS = 30000 // a hung node fails the test instead of hanging it

export class LinePeer {
  // command: argv of the node, already inside its namespace if it needs one.
  constructor (command) {
    this.events = []
    this.waiting = []
    this.process = spawn(command[0], command.slice(1),
      { stdio: ['pipe', 'pipe', 'inherit'] })
    this.process.stdin.on('error', () => {}) // it may be gone already
    createInterface({ input: this.process.stdout }).on('line', line => {
      if (line.startsWith('{')) this.#take(JSON.parse(line))
    })
    this.gone = new Promise(resolve => this.process.once('exit', resolve))
  }

  // Start a node and wait until it listens.
  static async start (command) {
    const peer = new LinePeer(command)
    const ready = await peer.next(e => e.event === 'ready')
    return Object.assign(peer, { id: ready.id, addrs: ready.addrs })
  }

  // The first event, past or to come, that matches; it is consumed.
  next (matches, patienceMs = PATIENCE_MS) {
    const at = this.events.findIndex(matches)
    if (at >= 0) return Promise.resolve(this.events.splice(at, 1)[0])
    return new Promise((resolve, reject) => {
      const waiter = { matches, resolve }
      this.waiting.push(waiter)
      waiter.timer = setTimeout(() => {
        this.waiting = this.waiting.filter(w => w !== waiter)
        reject(new Error(`no event ${matches} in ${patienceMs} ms; seen: ` +
          JSON.stringify(this.events.slice(-5))))
      }, patienceMs)
    })
  }

  // Give a command, get its answer; throws what the node calls an error.
  async do (...words) {
    this.process.stdin.write(words.join(' ') + '\n')
    const answer = await this.next(e => e.event === words[0])
    if (answer.error) throw new Error(`${words.join(' ')}: ${answer.error}`)
    return answer
  }

  async stop () {
    this.process.stdin.end('quit\n')
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 3000)
    await this.gone
    clearTimeout(timer)
  }

  #take (event) {
    const at = this.waiting.findIndex(w => w.matches(event))
    if (at < 0) {
      this.events.push(event)
      return
    }
    const [waiter] = this.waiting.splice(at, 1)
    clearTimeout(waiter.timer)
    waiter.resolve(event)
  }
}
