import * as z from 'zod/mini'
import { sizeText } from '../../ui/format.ts'
import type { UploadApi } from './uploadApi.ts'

const key = 'nearcade.upload'

const remembered = z.object({ orgId: z.string(), uploadId: z.string(), name: z.string() })
type Remembered = z.infer<typeof remembered>

/** A page that is reloaded cannot read the folder any more, but can say what it lacks. Storage may be blocked: then nothing is said. */
export function rememberUpload(upload: Remembered): void {
  try {
    localStorage.setItem(key, JSON.stringify(upload))
  } catch {
    // As said.
  }
}

export function forgetUpload(): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // As said.
  }
}

function read(): Remembered | null {
  try {
    const parsed = z.safeParse(remembered, JSON.parse(localStorage.getItem(key) ?? 'null'))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** What became of the upload before; null: there is none that could go on. */
export async function interruptedUpload(orgId: string, api: Pick<UploadApi, 'view'>): Promise<string | null> {
  const upload = read()
  if (upload === null || upload.orgId !== orgId) return null
  try {
    const { state, missingBytes, totalBytes } = await api.view(upload.uploadId)
    if (state !== 'receiving') {
      forgetUpload()
      return null
    }
    return `${sizeText(totalBytes - missingBytes)} of ${sizeText(totalBytes)} of “${upload.name}” have come. Drop the same again and the rest follows.`
  } catch {
    forgetUpload()
    return null
  }
}
