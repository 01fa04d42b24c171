import type { WantedPackage } from '../../../config/protocol/nodeSocket.ts'
import { systemClock } from '../../../edge/agent/nodeClock.ts'
import { openNodePackages } from '../../../edge/packages/nodePackages.ts'
import { remotePackages } from '../../../edge/packages/remote.ts'
import { loadIdentity } from '../../../edge/uplink/identity.ts'

/**
 * A node's packages in a process of their own, which may be killed. Its argument is an `InstallAsk`; once all of it is installed it sends the
 * bytes that were fetched and copied for the last one, its time and the most memory that the process had, and ends. What goes wrong meanwhile
 * it sends as `{ fault }`, a code.
 */
export interface InstallAsk {
  readonly dataDir: string
  /** Of the router, `ws://…`. */
  readonly url: string
  readonly want: readonly WantedPackage[]
}

const ask = JSON.parse(process.argv[2] ?? '') as InstallAsk
let figures: object = {}
const packages = await openNodePackages({
  dataDir: ask.dataDir,
  remote: remotePackages(ask.url, await loadIdentity(ask.dataDir)),
  maxBytes: Infinity,
  seat: { memoryBytes: Infinity, cpuCores: Infinity },
  keepFreeBytes: 0,
  inUse: () => new Set(),
  isBusy: () => false,
  onChange() {
    const fault = packages.status().installFaults?.[0]?.error.code
    if (fault !== undefined) process.send?.({ fault })
    if (!ask.want.every(({ titleId, version }) => packages.find(titleId, version) !== null)) return
    const peakBytes = process.resourceUsage().maxRSS * 1024
    process.send?.({ ...figures, peakBytes })
    void packages[Symbol.asyncDispose]().then(() => process.disconnect())
  },
  clock: systemClock,
  random: Math.random,
  log: {
    info(fields) {
      figures = fields
    },
    warn: (fields, text) => console.error(text, fields),
  },
})
packages.want(ask.want)
