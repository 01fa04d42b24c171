import { resolve } from 'node:path'
import { cpus, totalmem } from 'node:os'
import { mkdir } from 'node:fs/promises'
import type { EdgeSettings } from '../../config/settings/edge.ts'
import { chooseSeatCount } from '../agent/seats.ts'
import { runChecks, type Finding } from '../selfTest/check.ts'
import { coresAndMemory, freeDisk, nodeVersion } from '../selfTest/machine.ts'
import { router, udpPorts } from '../selfTest/reach.ts'
import { display, encoders, limits, sandbox, sound } from '../selfTest/session.ts'
import { titles } from '../selfTest/titles.ts'

/** Everything that a session needs of this machine, tried out. Takes about ten seconds. */
export async function selfTest(
  settings: EdgeSettings,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const dataDir = resolve(settings.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const seats = chooseSeatCount(settings.seats, cpus().length, totalmem())
  return runChecks(
    [
      nodeVersion(process.versions.node),
      coresAndMemory(settings.seats),
      freeDisk(dataDir),
      sandbox,
      limits,
      display,
      sound,
      encoders(),
      titles(resolve(settings.titlesDir)),
      udpPorts(settings.udpPorts, seats, settings.advertise),
      router(settings.routerUrl),
    ],
    onFinding,
  )
}
