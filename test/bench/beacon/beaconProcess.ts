import { startBeacon } from '../../../edge/agent/beacon.ts'

/** A beacon in a process of its own, so that the processor time that it takes is its own too. */
export interface BeaconUsage {
  readonly answered: number
  readonly ignored: number
  readonly dropped: number
  /** User and system time of the whole process. */
  readonly cpuSeconds: number
}

const beacon = await startBeacon({ port: 0 })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ ...beacon.counters(), cpuSeconds: (user + system) / 1e6 } satisfies BeaconUsage)
})
process.once('disconnect', () => void beacon[Symbol.asyncDispose]())
const { port, ufrag, password } = beacon
process.send?.({ port, ufrag, password })
