import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

export interface FfmpegChoice {
  readonly path: string
  readonly from: 'FFMPEG_PATH' | 'ffmpeg-static' | 'system'
}

/**
 * The ffmpeg program for work that is not live (live encoding is node-av's): `FFMPEG_PATH`, else the optional package
 * ffmpeg-static where its download succeeded, else the first on the path. Callers say which one they use.
 * @throws Error when there is none, or when FFMPEG_PATH names nothing.
 */
export function findFfmpeg(env: {
  readonly FFMPEG_PATH?: string | undefined
  readonly PATH?: string | undefined
}): FfmpegChoice {
  if (env.FFMPEG_PATH !== undefined && env.FFMPEG_PATH !== '') {
    if (!existsSync(env.FFMPEG_PATH))
      throw new Error(`FFMPEG_PATH names ${env.FFMPEG_PATH}, which does not exist`)
    return { path: env.FFMPEG_PATH, from: 'FFMPEG_PATH' }
  }
  const bundled = staticFfmpeg()
  if (bundled !== null) return { path: bundled, from: 'ffmpeg-static' }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'ffmpeg')
    if (folder !== '' && existsSync(path)) return { path, from: 'system' }
  }
  throw new Error('no ffmpeg: set FFMPEG_PATH, or install the package ffmpeg')
}

function staticFfmpeg(): string | null {
  try {
    const path: unknown = createRequire(import.meta.url)('ffmpeg-static')
    return typeof path === 'string' && existsSync(path) ? path : null
  } catch {
    return null
  }
}
