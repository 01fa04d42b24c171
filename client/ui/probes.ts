import { echo } from '../player/probe/echo.ts'
import { Probes } from '../player/probe/probes.ts'
import { api } from './api.ts'
import { openPlayerSocket } from './playerToken.ts'

/** A page's measurements of the way to the nodes, as its router wants them. */
export const pageProbes = (): Probes =>
  new Probes({
    targets: api.probeTargets,
    more: api.moreProbeTargets,
    echo: () => echo(openPlayerSocket),
  })
