import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Film } from '../check/film.ts'

/** A second of work, mostly. */
const patienceMs = 20_000

/**
 * A film as MP4 that every browser plays (H.264 baseline, AAC), to be watched while it is still coming. It is cut off at `maxBytes`.
 * @param folder for its file, which is the caller's to remove
 * @throws Error with what ffmpeg said
 */
export async function encodeClip(
  film: Film,
  { ffmpeg: program, folder, maxBytes }: { ffmpeg: string; folder: string; maxBytes: number },
): Promise<Buffer> {
  // Sessions that check nothing have no use for it.
  const { default: ffmpeg } = await import('fluent-ffmpeg')
  const file = join(folder, 'clip.mp4')
  const size = `${film.widthPx}x${film.heightPx}`
  await new Promise<void>((resolve, reject) => {
    const command = ffmpeg({ timeout: patienceMs / 1000 })
      .setFfmpegPath(program)
      .input(film.picturesFile)
      .inputOptions(['-f rawvideo', '-pixel_format bgr0', `-video_size ${size}`, `-framerate ${film.fps}`])
    if (film.soundFile !== null)
      command.input(film.soundFile).inputOptions(['-f s16le', '-ar 48000', '-ac 2'])
    command
      .outputOptions(['-c:v libx264', '-profile:v baseline', '-preset veryfast', '-crf 27', '-g 20'])
      .outputOptions(['-pix_fmt yuv420p', '-maxrate 2500k', '-bufsize 2500k', '-threads 2'])
      .outputOptions(['-c:a aac', '-b:a 96k', '-movflags +faststart', '-map_metadata -1', `-fs ${maxBytes}`])
      .on('end', () => resolve())
      .on('error', (error) => reject(error))
      .save(file)
  })
  return await readFile(file)
}
