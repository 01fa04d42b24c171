import { NearcadeError } from '../../config/errors.ts'
import { parseJoinToken } from '../../config/protocol/joinToken.ts'
import { parseEdgeSettings, type EdgeSettings } from '../../config/settings/edge.ts'
import type { Finding } from '../selfTest/check.ts'
import { loadIdentity } from '../uplink/identity.ts'
import { enrol } from './enrol.ts'
import { readMachineFile, writeMachineFile, type MachineFile } from './machineFile.ts'

export interface JoinRequest {
  readonly token: string
  readonly dataDir: string
  /** Settings by their names in the machine's file, such as `siteName`. */
  readonly chosen: MachineFile
}

export interface Joined {
  readonly nodeId: string
  readonly routerUrl: string
  readonly findings: readonly Finding[]
}

/**
 * Tests this machine and makes it one of the network's: key, settings and enrolment. A token is used up only at the very end.
 * @param test what settings make of this machine
 * @throws NearcadeError join-token-wrong | already-joined | self-test-failed | join-refused | router-unreachable, SettingsError
 */
export async function join(
  { token, dataDir, chosen }: JoinRequest,
  test: (settings: EdgeSettings) => Promise<readonly Finding[]>,
): Promise<Joined> {
  const parsed = parseJoinToken(token)
  if (parsed === null) throw new NearcadeError('join-token-wrong')
  if ((await readMachineFile(dataDir)) !== null) throw new NearcadeError('already-joined', [dataDir])
  const routerUrl = parsed.routerUrl.replace(/^http/, 'ws')
  const file = { routerUrl, data: dataDir, ...chosen }
  const settings = parseEdgeSettings({}, file)
  const findings = await test(settings)
  const failed = findings.filter(({ state }) => state === 'failed')
  if (failed.length > 0)
    throw new NearcadeError(
      'self-test-failed',
      failed.map(({ check }) => check),
    )
  const identity = await loadIdentity(dataDir)
  await enrol(settings, identity, parsed.secret)
  await writeMachineFile(dataDir, file)
  return { nodeId: identity.nodeId, routerUrl: parsed.routerUrl, findings }
}
