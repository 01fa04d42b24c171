import { createHmac, randomBytes } from 'node:crypto'
import path from 'node:path'
import { secretFile } from './keyFile.ts'

/** Tells things apart without saying what they are: nobody without this router's key finds out, and addresses are few enough to be tried. */
export type Mark = (text: string) => string

/** The key lives in `dataDir/keys/marks.key`, made at the first start. */
export async function openMarks(dataDir: string): Promise<Mark> {
  const key = await secretFile(path.join(dataDir, 'keys', 'marks.key'), () => randomBytes(32).toString('hex'))
  return (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 22)
}
