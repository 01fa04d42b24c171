import { systemClock } from '../../../edge/agent/nodeClock.ts'
import { openNodePackages } from '../../../edge/packages/nodePackages.ts'
import { remotePackages } from '../../../edge/packages/remote.ts'
import { loadIdentity } from '../../../edge/uplink/identity.ts'
import type { WantedPackage } from '../../../config/protocol/nodeSocket.ts'

/** A node's packages in a process of their own, which may be killed: `{ dataDir, url, want }` as its argument, JSON. */
export interface InstallAsk {
  readonly dataDir: string
  /** Of the router, `ws://…`. */
  readonly url: string
  readonly want: readonly WantedPackage[]
}

const ask = JSON.parse(process.argv[2] ?? '') as InstallAsk
const packages = await openNodePackages({
  dataDir: ask.dataDir,
  remote: remotePackages(ask.url, await loadIdentity(ask.dataDir)),
  maxBytes: Infinity,
  keepFreeBytes: 0,
  inUse: () => new Set(),
  isBusy: () => false,
  onChange() {
    const isDone = ask.want.every(({ titleId, version }) => packages.find(titleId, version) !== null)
    if (isDone) void packages[Symbol.asyncDispose]().then(() => process.disconnect())
  },
  clock: systemClock,
  random: Math.random,
  log: { info: () => {}, warn: (_fields, text) => void process.stderr.write(`${text}\n`) },
})
packages.want(ask.want)
