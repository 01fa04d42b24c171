import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { findFfmpeg } from '../../../edge/titles/ffmpeg.ts'

/** Luma planes of one size, one after the other. */
export interface PicturePairs {
  readonly widthPx: number
  readonly heightPx: number
  readonly seen: Buffer
  readonly drawn: Buffer
}

export interface Quality {
  /** Infinite where nothing differs. */
  readonly psnrDb: number
  readonly ssim: number
}

/** How close what is seen comes to what was drawn, by FFmpeg's own filters. */
export async function qualityOf({ widthPx, heightPx, seen, drawn }: PicturePairs): Promise<Quality> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-quality-'))
  try {
    const input = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${widthPx}x${heightPx}`, '-i']
    const files = [path.join(folder, 'seen'), path.join(folder, 'drawn')] as const
    await writeFile(files[0], seen)
    await writeFile(files[1], drawn)
    const compare = ['-lavfi', '[0][1]psnr;[0][1]ssim', '-f', 'null', '-']
    const { stderr } = await promisify(execFile)(findFfmpeg(process.env).path, [
      ...input,
      files[0],
      ...input,
      files[1],
      ...compare,
    ])
    const read = (pattern: RegExp) => Number(stderr.match(pattern)?.[1]?.replace('inf', 'Infinity'))
    return { psnrDb: read(/PSNR .*average:(\S+)/), ssim: read(/SSIM .*All:(\S+)/) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
