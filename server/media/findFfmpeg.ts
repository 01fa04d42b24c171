import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

export interface FfmpegChoice {
  /** Of the program; one without a slash is looked for where the system keeps programs. */
  readonly program: string
  readonly from: 'NEARCADE_FFMPEG_PATH' | 'ffmpeg-static' | 'system'
}

/** What was set, else the optional package ffmpeg-static where its download succeeded, else the system's. @param set '' for nothing */
export function findFfmpeg(set: string): FfmpegChoice {
  if (set !== '') return { program: set, from: 'NEARCADE_FFMPEG_PATH' }
  const bundled = staticFfmpeg()
  return bundled === null
    ? { program: 'ffmpeg', from: 'system' }
    : { program: bundled, from: 'ffmpeg-static' }
}

function staticFfmpeg(): string | null {
  try {
    const path: unknown = createRequire(import.meta.url)('ffmpeg-static')
    return typeof path === 'string' && existsSync(path) ? path : null
  } catch {
    return null
  }
}
