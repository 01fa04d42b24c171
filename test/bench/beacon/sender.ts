import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Credentials } from '../../../edge/ice/stun.ts'
import { answeredTransaction, bindingRequestTo } from '../../../edge/ice/stunRequest.ts'
import { percentile } from '../report.ts'

/** Many browsers in one process: it asks a beacon as fast as it answers, at a rate, or with what deserves no answer. */
export type Load =
  /** So many questions under way at any time. */
  | { readonly kind: 'saturate'; readonly window: number }
  | { readonly kind: 'pace'; readonly perSecond: number }
  /** As fast as this process can: random bytes, or good requests with a wrong password. */
  | { readonly kind: 'flood'; readonly what: 'noise' | 'forged' }

export interface Order {
  readonly to: Credentials & { readonly port: number }
  readonly address: '127.0.0.1' | '::1'
  readonly load: Load
  readonly forMs: number
}

export interface Outcome {
  readonly sent: number
  readonly answered: number
  readonly tookMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const requests = 8192
/** Nothing has come for so long: what is under way is lost. */
const lostMs = 200
const burst = 64

function packetsOf({ to, load }: Order): Buffer[] {
  const wrong = { ...to, password: `${to.password}!` }
  return Array.from({ length: requests }, (_, n) => {
    const transaction = Buffer.alloc(12)
    transaction.writeUInt32BE(n)
    if (load.kind !== 'flood') return bindingRequestTo(to, 'bench', transaction)
    if (load.what === 'forged') return bindingRequestTo(wrong, 'bench', transaction)
    return Buffer.alloc(100, n)
  })
}

async function run(order: Order): Promise<Outcome> {
  const { to, address, load, forMs } = order
  const packets = packetsOf(order)
  const family = address === '::1' ? 6 : 4
  const socket = createSocket({
    type: `udp${family}`,
    recvBufferSize: 4 << 20,
    sendBufferSize: 4 << 20,
    lookup: (numeric, _options, found) => found(null, numeric, family),
  })
  await new Promise<void>((resolve) => socket.bind(0, resolve))
  const sentAtMs = new Float64Array(requests)
  const tripsMs: number[] = []
  let sent = 0
  let answered = 0
  let heardAtMs = performance.now()
  const ask = (): void => {
    const n = sent % requests
    sent += 1
    sentAtMs[n] = performance.now()
    const packet = packets[n]
    if (packet !== undefined) socket.send(packet, to.port, address, () => {})
  }
  const beganMs = performance.now()
  const endsMs = beganMs + forMs
  socket.on('message', (message) => {
    const nowMs = performance.now()
    const transaction = answeredTransaction(message)
    if (transaction === null || nowMs > endsMs) return
    answered += 1
    heardAtMs = nowMs
    if (answered % 8 === 0) tripsMs.push(nowMs - (sentAtMs[message.readUInt32BE(8)] ?? 0))
    if (load.kind === 'saturate') ask()
  })
  const fill = (): void => {
    const nowMs = performance.now()
    if (load.kind === 'flood') for (let n = 0; n < burst; n += 1) ask()
    if (load.kind === 'pace') while (sent < ((nowMs - beganMs) / 1000) * load.perSecond) ask()
    if (load.kind === 'saturate' && (sent === 0 || nowMs - heardAtMs > lostMs)) {
      heardAtMs = nowMs
      for (let n = 0; n < load.window; n += 1) ask()
    }
  }
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      if (performance.now() >= endsMs) return resolve()
      fill()
      // Turning all the time keeps a paced question from waiting for a timer, which would count as the beacon's delay.
      if (load.kind === 'saturate') setTimeout(turn, 20)
      else setImmediate(turn)
    }
    turn()
  })
  const tookMs = performance.now() - beganMs
  socket.close()
  await once(socket, 'close')
  return { sent, answered, tookMs, p50Ms: percentile(tripsMs, 50), p99Ms: percentile(tripsMs, 99) }
}

process.on('message', (order: Order) => {
  void run(order).then((outcome) => process.send?.(outcome))
})
process.send?.('ready')
