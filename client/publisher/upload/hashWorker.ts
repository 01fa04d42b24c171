import { type HashAnswer, type HashRequest, hexOf, isProgram } from './hashing.ts'

/** Blocks in flight: reading the next ones while one is hashed. Each is in memory meanwhile. */
const atOnce = 4

const say = (answer: HashAnswer): void => self.postMessage(answer)

async function hashBlock(file: File, from: number, to: number): Promise<{ hash: string; program: boolean }> {
  const bytes = await file.slice(from, to).arrayBuffer()
  if (bytes.byteLength !== to - from) throw new Error('the file changed while it was read')
  const hash = hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  say({ kind: 'block', bytes: to - from })
  return { hash, program: from === 0 && isProgram(new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength))) }
}

async function hashAll({ files, blockBytes }: HashRequest): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < files.length; index = next++) {
      const file = files[index]
      if (file === undefined) continue
      try {
        const chunks: string[] = []
        let executable = false
        for (let from = 0; from < file.size; from += blockBytes) {
          const { hash, program } = await hashBlock(file, from, Math.min(file.size, from + blockBytes))
          chunks.push(hash)
          executable ||= program
        }
        say({ kind: 'file', index, chunks, executable })
      } catch {
        say({ kind: 'unreadable', index })
        return
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  say({ kind: 'done' })
}

self.addEventListener('message', ({ data }: MessageEvent<HashRequest>) => void hashAll(data))
