import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { LinkConditions, LinkPlan } from './conditions.ts'
import { LinkHistory, type LinkSlice } from './history.ts'
import { createLink, type LinkModel } from './model.ts'
import { DueQueue } from './queue.ts'

/** From the browser to the node is `up`. */
export type Direction = 'up' | 'down'

/** IPv4 and UDP headers: a link carries whole packets (RFC 791, RFC 768). */
const headerBytes = 28
const tickMs = 50
/** So that a burst on the link is no loss of the machine's. */
const socketBufferBytes = 2 * 2 ** 20

interface Door {
  readonly socket: Socket
  readonly target: { readonly address: string; readonly port: number }
  /** One socket towards the target for each address that came in: the target answers to it. */
  readonly upstream: Map<string, Promise<Socket>>
  dead: boolean
}

interface Way {
  link: LinkModel
  history: LinkHistory
}

/**
 * A link between browsers and what they talk to, both directions with a model of their own. Each target gets a door, a UDP port
 * on 127.0.0.1; all doors share the link.
 */
export class Relay {
  readonly #ways: Record<Direction, Way>
  /** By target: the door that it has now. */
  readonly #open = new Map<string, Promise<Door>>()
  readonly #doors: Door[] = []
  readonly #due = new DueQueue<() => void>()
  readonly #tick: NodeJS.Timeout
  #timer: NodeJS.Timeout | undefined
  #timerMs = Number.POSITIVE_INFINITY
  #closed = false

  constructor(plans: Readonly<Record<Direction, LinkPlan>>) {
    const nowMs = this.nowMs()
    const way = (plan: LinkPlan): Way => ({ link: createLink(plan, nowMs), history: new LinkHistory() })
    this.#ways = { up: way(plans.up), down: way(plans.down) }
    this.#tick = setInterval(() => {
      for (const { link, history } of Object.values(this.#ways)) history.onTick(this.nowMs(), link)
    }, tickMs)
  }

  /** Wall-clock ms with fractions that never go back: the same as a page's `performance.timeOrigin + performance.now()`. */
  nowMs(): number {
    return performance.timeOrigin + performance.now()
  }

  /** The door to a target; one whose door was closed gets another. */
  async port(address: string, port: number): Promise<number> {
    const key = `${address}:${port}`
    const door = this.#open.get(key) ?? this.#openDoor({ address, port })
    this.#open.set(key, door)
    return (await door).socket.address().port
  }

  /** Starts the link anew. @returns when, ms */
  start(plans: Readonly<Record<Direction, LinkPlan>>): number {
    const nowMs = this.nowMs()
    for (const direction of ['up', 'down'] as const)
      this.#ways[direction] = { link: createLink(plans[direction], nowMs), history: new LinkHistory() }
    return nowMs
  }

  /** Adds steps and competing flows, counted from now. @returns when that is, ms */
  schedule(later: Readonly<Record<Direction, Pick<LinkPlan, 'steps' | 'flows'>>>): number {
    const nowMs = this.nowMs()
    for (const direction of ['up', 'down'] as const)
      this.#ways[direction].link.schedule(nowMs, later[direction].steps, later[direction].flows)
    return nowMs
  }

  set(direction: Direction, change: Partial<LinkConditions>): void {
    this.#ways[direction].link.set(this.nowMs(), change)
  }

  /** Whatever comes to the present doors is lost from now on: only who asks for new ones gets through again. */
  closeDoors(): void {
    for (const door of this.#doors) door.dead = true
    this.#open.clear()
  }

  /** The targets see another address of the browser from now on, and what they send to the old one is lost. */
  async rebind(): Promise<void> {
    for (const door of this.#doors) {
      const old = [...door.upstream.values()]
      door.upstream.clear()
      for (const socket of old) (await socket).close()
    }
  }

  slices(direction: Direction, fromMs: number, toMs: number): LinkSlice[] {
    const { link, history } = this.#ways[direction]
    return history.slices(fromMs, toMs, link)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#tick)
    clearTimeout(this.#timer)
    await this.rebind()
    for (const { socket } of this.#doors) socket.close()
  }

  async #openDoor(target: Door['target']): Promise<Door> {
    const door: Door = { socket: await openSocket(), target, upstream: new Map(), dead: false }
    this.#doors.push(door)
    door.socket.on('message', (message, from) => {
      if (!door.dead) this.#carry('up', message, () => void this.#forward(door, message, from))
    })
    return door
  }

  #carry(direction: Direction, message: Buffer, deliver: () => void): void {
    const { link, history } = this.#ways[direction]
    const nowMs = this.nowMs()
    const bytes = message.length + headerBytes
    const verdict = link.offer(nowMs, bytes)
    history.onOffer(nowMs, bytes, verdict)
    if (!('deliverAtMs' in verdict)) return
    this.#due.push(verdict.deliverAtMs, deliver)
    this.#deliverDue()
  }

  /** Timers have a grain of 1 ms and fire late rather than early: what is due within half of it goes now. */
  #deliverDue(): void {
    if (this.#closed) return
    const nowMs = this.nowMs()
    for (let item = this.#due.take(nowMs + 0.5); item !== null; item = this.#due.take(nowMs + 0.5)) item()
    const { nextMs } = this.#due
    if (nextMs >= this.#timerMs && this.#timerMs > nowMs) return
    clearTimeout(this.#timer)
    this.#timerMs = nextMs
    if (nextMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(
      () => {
        this.#timerMs = Number.POSITIVE_INFINITY
        this.#deliverDue()
      },
      Math.max(1, Math.floor(nextMs - nowMs)),
    )
  }

  async #forward(door: Door, message: Buffer, from: { address: string; port: number }): Promise<void> {
    const key = `${from.address}:${from.port}`
    let upstream = door.upstream.get(key)
    if (upstream === undefined) {
      upstream = openSocket()
      door.upstream.set(key, upstream)
      const socket = await upstream
      socket.on('message', (answer) => {
        const back = (): void => {
          if (!door.dead && !this.#closed) door.socket.send(answer, from.port, from.address, () => {})
        }
        this.#carry('down', answer, back)
      })
    }
    const socket = await upstream
    if (!this.#closed && door.upstream.get(key) === upstream)
      socket.send(message, door.target.port, door.target.address, () => {})
  }
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: socketBufferBytes,
    sendBufferSize: socketBufferBytes,
  })
  const listening = once(socket, 'listening')
  socket.bind(0)
  await listening
  // ICMP says that nobody listens there any more; that is the sender's affair.
  socket.on('error', () => {})
  return socket
}
