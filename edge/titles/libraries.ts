import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const withinMs = 5_000

/** The shared libraries that a program of this host loads at its start; none for what is no such program. */
export async function librariesOf(file: string): Promise<readonly string[]> {
  const found = await run('ldd', [file], { timeout: withinMs }).catch(() => null)
  return [...(found?.stdout ?? '').matchAll(/=> (\/\S+) \(0x/g)].flatMap(([, library]) => library ?? [])
}
