import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')

/** The web app as `npm start` would build it, in a folder of its own. */
export async function buildWebApp(): Promise<string> {
  const out = '.cache/test-client'
  const { buildClient } = (await import(path.join(root, 'server/local/buildClient.mjs'))) as {
    buildClient(root: string, out: string): Promise<unknown>
  }
  await buildClient(root, out)
  return path.join(root, out, 'client')
}
