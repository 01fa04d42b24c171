import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

const run = promisify(execFile)

export interface Samples {
  readonly jpeg: Buffer
  readonly png: Buffer
  readonly mp4: Buffer
  readonly webm: Buffer
  /** More than a minute of it. */
  readonly long: Buffer
  readonly sound: Buffer
}

let made: Promise<Samples> | null = null

/** Files that nothing is wrong with, as a camera or an editor makes them; the same for all who ask. */
export const samples = (): Promise<Samples> => {
  made ??= makeSamples()
  return made
}

async function makeSamples(): Promise<Samples> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-samples-'))
  const film = (size: string, rate: number) => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}`]
  const tone = ['-f', 'lavfi', '-i', 'sine=440']
  const outputs: Readonly<Record<string, readonly string[]>> = {
    'a.jpg': [...film('1400x788', 1), '-frames:v', '1', '-pix_fmt', 'yuvj420p'],
    'a.png': [...film('700x500', 1), '-frames:v', '1'],
    'a.mp4': [...film('320x180', 10), ...tone, '-t', '2', '-c:v', 'libx264', '-preset', 'ultrafast'],
    'a.webm': [...film('160x90', 10), '-t', '1', '-c:v', 'libvpx'],
    'long.mp4': [...film('64x64', 1), '-t', '63', '-c:v', 'libx264', '-preset', 'ultrafast'],
    'sound.mp4': [...tone, '-t', '1', '-c:a', 'aac'],
  }
  const files = await Promise.all(
    Object.entries(outputs).map(async ([name, args]) => {
      const file = path.join(folder, name)
      await run('ffmpeg', ['-nostdin', '-loglevel', 'error', ...args, file])
      return readFile(file)
    }),
  )
  const [jpeg, png, mp4, webm, long, sound] = files as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
  await rm(folder, { recursive: true, force: true })
  return { jpeg, png, mp4, webm, long, sound }
}

/** A PNG that says how large it is, and has nothing of it. */
export function pngOf(widthPx: number, heightPx: number): Buffer {
  const chunk = (kind: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(kind), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPx, 0)
  header.writeUInt32BE(heightPx, 4)
  header.set([8, 2], 8)
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([mark, chunk('IHDR', header), chunk('IEND', Buffer.alloc(0))])
}

/** An ISO base media file that is one in its first bytes alone. */
export const asIfMp4 = (rest: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('ftypisom\0\0\0\0'), Buffer.from(rest)])
