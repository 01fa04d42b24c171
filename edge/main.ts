import { readFileSync } from 'node:fs'
import { parseEdgeSettings, type EdgeSettings } from '../config/settings/edge.ts'
import { SettingsError } from '../config/settings/parse.ts'
import { startAgent } from './agent/agent.ts'
import { createStopping } from './agent/stopping.ts'

const wrongSettings = 2

function readSettings(): EdgeSettings {
  const file = process.env['NEARCADE_CONFIG']
  if (file === undefined || file === '') return parseEdgeSettings(process.env)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingsError([`NEARCADE_CONFIG: ${error instanceof Error ? error.message : String(error)}`])
  }
  return parseEdgeSettings(process.env, value)
}

/** Session processes get the environment without our settings: the enrolment token is none of their business. */
const sessionEnv = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('NEARCADE_') || name.startsWith('NODE_CHANNEL_')
        ? []
        : [[name, value]],
    ),
  )

async function main(): Promise<void> {
  const agent = await startAgent(readSettings(), { sessionEnv: sessionEnv() })
  void agent.accepted.then(() => process.send?.({ kind: 'online' }))

  const close = (): void =>
    void agent.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  const stop = createStopping({ drained: () => agent.drained(), close, force: () => agent.force() }, () =>
    performance.now(),
  )
  // What service managers send first; they wait then for as long as they were told to.
  process.on('SIGTERM', () => stop('drain'))
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop('close'))
  // Whoever started us is gone: nobody would ever stop us.
  if (process.channel) {
    process.on('disconnect', () => {
      process.stdout.on('error', () => {})
      process.stderr.on('error', () => {})
      stop('close')
    })
  }
}

main().catch((error: unknown) => {
  if (error instanceof SettingsError) {
    console.error(error.message)
    process.exit(wrongSettings)
  }
  console.error(error)
  process.exit(1)
})
