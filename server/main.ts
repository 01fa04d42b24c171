import { readFileSync } from 'node:fs'
import { parseRouterSettings, type RouterSettings } from '../config/settings/router.ts'
import { SettingsError } from '../config/settings/parse.ts'
import { ListenError } from './http/listen.ts'
import { startRouter } from './router.ts'

/** @throws SettingsError */
function readSettings(): RouterSettings {
  const file = process.env['NEARCADE_CONFIG']
  return parseRouterSettings(process.env, file === undefined || file === '' ? undefined : readJson(file))
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SettingsError([`NEARCADE_CONFIG: ${file} cannot be read: ${why}`])
  }
}

/** The first signal, or the end of the program that started this one, stops things in order; a second signal at once. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0
    const onSignal = (): void => {
      signals += 1
      if (signals > 1) process.exit(1)
      resolve()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    if (process.send !== undefined) process.once('disconnect', resolve)
  })
}

const stop = stopAsked()
try {
  const router = await startRouter(readSettings())
  process.send?.({ kind: 'listening', port: router.port })
  await stop
  await router.close()
  process.exit(0)
} catch (failure) {
  if (!(failure instanceof SettingsError) && !(failure instanceof ListenError)) throw failure
  console.error(failure.message)
  process.exit(failure instanceof SettingsError ? 2 : 1)
}
