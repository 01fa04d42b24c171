import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import ffmpeg from 'fluent-ffmpeg'
import { NearcadeError } from '../../config/errors.ts'
import { type MediaForm, mediaForm, pictureSize } from '../../config/protocol/mediaForm.ts'
import { maxPictureBytes, maxTrailerBytes, maxTrailerSeconds } from '../../config/protocol/titleMedia.ts'
import type { MadeFile, MadeMedia } from '../store/mediaStore.ts'
import type { RunLimits } from './confined.ts'
import type { Ffmpeg } from './ffmpeg.ts'
import { type Probed, readProbe } from './probe.ts'

/** A file that was made, in the folder of the work. */
export interface Made extends Omit<MadeFile, 'sha256'> {
  readonly file: string
}
export type Transcoded = MadeMedia<Made>

/** Widths of thumbnails. None is larger than its picture. */
const widthsPx = [320, 640, 1280] as const
const [leastSidePx, mostSidePx, mostPixels] = [64, 8192, 40_000_000]
/** Of headers that come before the size of a JPEG: profiles, previews. */
const headBytes = 512 * 1024

const pictureLimits: RunLimits = {
  memoryBytes: 1536 * 1024 ** 2,
  cpuSeconds: 30,
  wallMs: 60_000,
  fileBytes: 16 * 1024 ** 2,
}
/** A minute of 4K takes one core some minutes at the most. */
const trailerLimits: RunLimits = {
  memoryBytes: 2 * 1024 ** 3,
  cpuSeconds: 900,
  wallMs: 15 * 60_000,
  fileBytes: 64 * 1024 ** 2,
}

/** FFmpeg's demuxer for each form, and the one decoder that a picture may need. */
const demuxers = { jpeg: 'jpeg_pipe', png: 'png_pipe', webp: 'webp_pipe', gif: 'gif' } as const
const pictureDecoders = { jpeg: 'mjpeg', png: 'png', webp: 'webp', gif: 'gif' } as const
const trailerCodecs = new Set(['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'prores'])
const trailerDecoders = [
  ...[
    'h264',
    'hevc',
    'vp8',
    'libvpx',
    'vp9',
    'libvpx-vp9',
    'av1',
    'libdav1d',
    'libaom-av1',
    'mpeg4',
    'prores',
  ],
  ...['aac', 'mp3', 'mp3float', 'opus', 'libopus', 'vorbis', 'libvorbis', 'flac', 'ac3', 'alac'],
  ...['pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_f32le'],
]

export interface TranscodeJob {
  /** Of this work alone: the file is in it, and what is made comes into it. */
  readonly folder: string
  readonly file: string
  readonly form: 'picture' | 'trailer'
  readonly signal: AbortSignal
}

/**
 * Thumbnails of a picture; of a trailer, an MP4 that browsers play and thumbnails of one of its pictures. What it is, its bytes say: a file
 * that is a list of other files, or no picture at all, is never handed to a decoder that would follow it.
 * @throws NearcadeError media-…: what is wrong with it; the signal's reason
 */
export async function transcode(tool: Ffmpeg, job: TranscodeJob): Promise<Transcoded> {
  const { size } = await stat(path.join(job.folder, job.file))
  if (size > (job.form === 'picture' ? maxPictureBytes : maxTrailerBytes))
    throw new NearcadeError('media-too-large', [`it has ${size} bytes`])
  const head = await headOf(path.join(job.folder, job.file))
  const known = mediaForm(head)
  if (job.form === 'picture') {
    if (known?.kind !== 'picture') throw new NearcadeError('media-type', [wrongType(known, 'a picture')])
    return { kind: 'picture', files: await thumbnails(tool, job, known.form, head, 'picture') }
  }
  if (known?.kind !== 'video') throw new NearcadeError('media-type', [wrongType(known, 'a film')])
  return trailer(tool, job, known.form)
}

const wrongType = (known: MediaForm | null, wanted: string): string =>
  known === null ? `it is not ${wanted} by its content` : `it is ${known.form} by its content, not ${wanted}`

async function thumbnails(
  tool: Ffmpeg,
  { folder, file, signal }: Pick<TranscodeJob, 'folder' | 'file' | 'signal'>,
  form: keyof typeof demuxers,
  head: Uint8Array,
  name: string,
): Promise<readonly Made[]> {
  const size = pictureSize(head)
  if (size === null) throw new NearcadeError('media-broken', ['its header does not say how large it is'])
  demandSize(size)
  const widths = [
    ...widthsPx.filter((width) => width < size.widthPx),
    ...(size.widthPx <= widthsPx[2] ? [size.widthPx] : []),
  ]
  const made = widths.map((widthPx): Made => {
    const heightPx = Math.max(1, Math.round((size.heightPx * widthPx) / size.widthPx))
    return { file: `${name}-${widthPx}.${tool.pictures}`, type: tool.pictures, widthPx, heightPx }
  })
  const command = ffmpeg(path.join(folder, file)).inputOptions([
    ...guards,
    ...['-f', demuxers[form], '-c:v', pictureDecoders[form]],
    ...['-threads', '1', '-max_pixels', `${mostPixels}`, '-err_detect', 'explode'],
  ])
  command.complexFilter([
    `[0:v:0]split=${made.length}${made.map((_one, index) => `[s${index}]`).join('')}`,
    ...made.map(
      ({ widthPx, heightPx }, index) => `[s${index}]scale=${widthPx}:${heightPx}:flags=lanczos[o${index}]`,
    ),
  ])
  for (const [index, one] of made.entries())
    command
      .output(path.join(folder, one.file))
      .outputOptions([
        ...['-map', `[o${index}]`, '-frames:v', '1', '-map_metadata', '-1', '-threads', '1'],
        ...(one.type === 'webp'
          ? ['-c:v', 'libwebp', '-quality', '80', '-compression_level', '4', '-f', 'webp']
          : ['-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', '-f', 'mjpeg']),
      ])
  await demandDone(tool, command._getArguments(), folder, pictureLimits, signal)
  for (const one of made) await demandFile(folder, one.file)
  return made
}

async function trailer(tool: Ffmpeg, job: TranscodeJob, form: 'mov' | 'matroska'): Promise<Transcoded> {
  if (!tool.writesTrailers) throw new NearcadeError('media-unavailable', ['this ffmpeg writes no H.264'])
  const { folder, file, signal } = job
  const input = [
    ...guards,
    ...['-f', form, '-max_pixels', `${mostPixels}`, '-codec_whitelist', trailerDecoders.join(',')],
    ...(form === 'mov' ? ['-enable_drefs', '0'] : []),
  ]
  const probed = await probe(tool, [...input, '-i', path.join(folder, file)], job)
  if (probed === null) throw new NearcadeError('media-broken', ['there is no film in it'])
  if (!trailerCodecs.has(probed.codec))
    throw new NearcadeError('media-type', [`its film is coded as ${probed.codec}`])
  demandSize(probed)
  demandLength(probed.seconds)
  const out = 'trailer.mp4'
  const command = ffmpeg(path.join(folder, file))
    .inputOptions(input)
    .videoFilters([
      `scale=w='min(1280,iw)':h='min(720,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2`,
      'setsar=1',
      ...(probed.fps === null || probed.fps > 60 ? ['fps=60'] : []),
      'format=yuv420p',
    ])
    .output(path.join(folder, out))
    .outputOptions([
      // One that lies about its length is known by what comes out.
      ...['-map', '0:V:0', '-map', '0:a:0?', '-t', `${maxTrailerSeconds + 1}`],
      ...['-map_metadata', '-1', '-map_chapters', '-1', '-dn', '-sn'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high', '-crf', '23'],
      ...['-maxrate', '4M', '-bufsize', '8M', '-threads', '2'],
      ...['-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000'],
      ...['-movflags', '+faststart', '-f', 'mp4'],
    ])
  await demandDone(tool, command._getArguments(), folder, trailerLimits, signal)
  await demandFile(folder, out)
  const made = await probe(tool, ['-f', 'mov', '-i', path.join(folder, out)], job)
  if (made === null || made.seconds === null)
    throw new NearcadeError('media-broken', ['there is no film in it'])
  demandLength(made.seconds)
  const poster = await posterOf(tool, job, out, made)
  const { widthPx, heightPx, seconds } = made
  return { kind: 'trailer', file: { file: out, type: 'mp4', widthPx, heightPx }, seconds, poster }
}

/** One of its pictures, a little after its beginning, which often is black. */
async function posterOf(
  tool: Ffmpeg,
  { folder, signal }: TranscodeJob,
  file: string,
  { seconds }: Probed,
): Promise<readonly Made[]> {
  const still = 'poster.png'
  const command = ffmpeg(path.join(folder, file))
    .inputOptions([...guards, '-f', 'mov', '-ss', `${Math.min(3, (seconds ?? 0) / 4).toFixed(2)}`])
    .output(path.join(folder, still))
    .outputOptions(['-map', '0:v:0', '-frames:v', '1', '-c:v', 'png', '-threads', '1', '-f', 'image2pipe'])
  await demandDone(tool, command._getArguments(), folder, pictureLimits, signal)
  await demandFile(folder, still)
  return thumbnails(
    tool,
    { folder, file: still, signal },
    'png',
    await headOf(path.join(folder, still)),
    'poster',
  )
}

/** Files alone, and those that are named; few threads, for each takes address space, and a machine may have many cores. */
const guards = [
  ...['-nostdin', '-hide_banner', '-protocol_whitelist', 'file,pipe'],
  ...['-filter_threads', '1', '-filter_complex_threads', '1', '-threads', '2'],
]

async function probe(tool: Ffmpeg, args: readonly string[], job: TranscodeJob): Promise<Probed | null> {
  const ran = await tool.run(args, job.folder, pictureLimits, job.signal)
  if (ran.isLate) throw new NearcadeError('media-too-slow')
  return readProbe(ran.said)
}

function demandSize({ widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number }): void {
  const [least, most] = [Math.min(widthPx, heightPx), Math.max(widthPx, heightPx)]
  if (least < leastSidePx || most > mostSidePx || widthPx * heightPx > mostPixels)
    throw new NearcadeError('media-dimensions', [`it has ${widthPx} × ${heightPx} pixels`])
}

/** A picture more than the minute is no fault. */
function demandLength(seconds: number | null): void {
  if (seconds !== null && seconds > maxTrailerSeconds + 0.5)
    throw new NearcadeError('media-too-long', [`it is ${seconds.toFixed(1)} seconds long`])
}

async function demandDone(
  tool: Ffmpeg,
  args: readonly string[],
  folder: string,
  limits: RunLimits,
  signal: AbortSignal,
): Promise<void> {
  const ran = await tool.run(['-loglevel', 'error', '-xerror', ...args], folder, limits, signal)
  if (ran.code === 0) return
  // Beyond 128 it is a signal that ended it: the processor's time was up.
  if (ran.isLate || ran.code === null || ran.code > 128 || /Cannot allocate memory/.test(ran.said))
    throw new NearcadeError('media-too-slow')
  throw new NearcadeError(
    'media-broken',
    [saidOf(ran.said, folder)].filter((line) => line !== ''),
  )
}

/** The first that it said, without our paths and addresses in memory. */
const saidOf = (said: string, folder: string): string =>
  (said.split('\n').find((line) => line.trim() !== '') ?? '')
    .replaceAll(`${folder}/`, '')
    .replace(/ @ 0x[0-9a-f]+/g, '')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 200)

async function demandFile(folder: string, file: string): Promise<void> {
  const names = await readdir(folder)
  if (!names.includes(file) || (await stat(path.join(folder, file))).size === 0)
    throw new NearcadeError('media-broken', ['nothing came out of it'])
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    const buffer = new Uint8Array(headBytes)
    const { bytesRead } = await handle.read(buffer, 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
