import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod/mini'
import { decodeValue } from '../../config/protocol/decode.ts'
import { Fault } from './fault.ts'

const storedKey = z.object({ key: z.string(), orgId: z.string(), organisation: z.string() })

const keysForm = z.strictObject({
  /** The server that was signed in to last. */
  current: z.nullable(z.string()),
  servers: z.record(z.string(), storedKey),
})
export type Keys = z.infer<typeof keysForm>

/** @throws Fault key-file-open, key-file-broken */
export async function readKeys(file: string): Promise<Keys> {
  const found = await stat(file).catch(() => null)
  if (found === null) return { current: null, servers: {} }
  if ((found.mode & 0o077) !== 0)
    throw new Fault('refused', {
      code: 'key-file-open',
      what: 'Others on this machine can read your API keys.',
      next: `Run: chmod 600 ${file}. Revoke the keys if somebody may have read them.`,
      details: [file],
    })
  try {
    const decoded = decodeValue(keysForm, JSON.parse(await readFile(file, 'utf8')))
    if (decoded.ok) return decoded.value
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new Fault('refused', {
    code: 'key-file-broken',
    what: 'The file with your API keys cannot be read.',
    next: 'Delete it, then run: npx nearcade login',
    details: [file],
  })
}

/** For its owner's eyes alone, and never half written. */
export async function writeKeys(file: string, keys: Keys): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
}
