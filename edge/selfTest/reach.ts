import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { ownAddresses } from '../ice/hostCandidates.ts'
import type { Check } from './check.ts'

const answerMs = 5000
/** Tickets and leases are dated by the router's clock; logs and certificates are not. */
const clockLimitMs = 5000

/** @param routerUrl `ws://` or `wss://` */
export const router = (routerUrl: string, nowMs: () => number = Date.now): Check => ({
  name: 'Router',
  next: `See that this machine can reach ${routerUrl} (DNS, firewall, proxy), and that a router runs there.`,
  async run() {
    const address = new URL('/healthz', routerUrl.replace(/^ws/, 'http'))
    const fromMs = performance.now()
    const response = await fetch(address, { signal: AbortSignal.timeout(answerMs) }).catch(
      (cause: unknown) => {
        const reason =
          cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : ''
        throw new Error(`no answer from ${address.host}: ${reason}`, { cause })
      },
    )
    const tookMs = performance.now() - fromMs
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok || !isHealth(body)) throw new Error(`${address.host} answers, but not as a router does`)
    const found = `${address.host} answered in ${Math.round(tookMs)} ms`
    const offMs = nowMs() - Date.parse(response.headers.get('date') ?? '')
    return Math.abs(offMs) > clockLimitMs
      ? {
          state: 'warning',
          found: `${found}; this machine's clock is ${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead' : 'behind'}`,
          next: 'Set the clock by NTP (apt-get install systemd-timesyncd).',
        }
      : { state: 'passed', found }
  },
})

const isHealth = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok'

/** Whether the ports for players are free. Whether they can be reached from outside, nobody here can tell. */
export const udpPorts = (
  ports: { readonly from: number; readonly to: number } | null,
  seats: number,
  advertised: readonly string[],
): Check => ({
  name: 'UDP',
  next: 'Name free ports with --udp-ports, as many as there are seats, and open them in the firewall.',
  async run() {
    const addresses = [...new Set([...advertised, ...ownAddresses()])].filter((one) => !isLoopback(one))
    const where = addresses.length === 0 ? 'on this machine alone' : `at ${addresses.join(', ')}`
    if (ports === null) {
      await take(0)
      return addresses.length === 0
        ? { state: 'warning', found: `any port, ${where}`, next: 'Name the public address with --advertise.' }
        : { state: 'passed', found: `any port, ${where}` }
    }
    const count = ports.to - ports.from + 1
    if (count < seats) throw new Error(`${count} ports for ${seats} seats`)
    const taken: number[] = []
    for (let port = ports.from; port < ports.from + seats; port += 1)
      await take(port).catch(() => taken.push(port))
    if (taken.length > 0) throw new Error(`taken: ${taken.slice(0, 8).join(', ')}`)
    return { state: 'passed', found: `ports ${ports.from}-${ports.to}, ${where}` }
  },
})

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

async function take(port: number): Promise<void> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port)
    await once(socket, 'listening')
  } finally {
    socket.close()
  }
}
