import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import { exitCodes, type Fault } from './fault.ts'
import { bytesText, plainJson, plainText } from './words.ts'
import type { UploadProgress } from './upload/upload.ts'

/** How a command ended. */
export interface Outcome {
  /** For scripts: `--json` prints it. */
  readonly result: unknown
  /** For people. */
  readonly lines: readonly string[]
  /** False: it did not do what was asked, and says why in the result. */
  readonly ok?: boolean
}

interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/** @returns the exit code */
export function tell({ stdout }: Streams, json: boolean, { ok = true, result, lines }: Outcome): number {
  stdout.write(json ? `${plainJson({ ok, result })}\n` : lines.map((line) => `${plainText(line)}\n`).join(''))
  return ok ? 0 : exitCodes.refused
}

/** @returns the exit code */
export function tellFault({ stdout, stderr }: Streams, json: boolean, fault: Fault): number {
  const { code, message: what, next, details } = fault
  if (json) stdout.write(`${plainJson({ ok: false, error: { code, what, next, details } })}\n`)
  else {
    const lines = [what, ...details.map((detail) => `  ${detail}`), next, `(${code})`]
    stderr.write(lines.map((line) => `${plainText(line)}\n`).join(''))
  }
  return exitCodes[fault.kind]
}

/** Shows how far a long command is. */
export interface ProgressView extends Disposable {
  show(progress: UploadProgress): void
  /** A line beside it. */
  note(text: string): void
}

const names: Readonly<Record<UploadProgress['step'], string>> = {
  read: 'Reading',
  send: 'Sending',
  unpack: 'Unpacking',
}

/** Bars on a terminal; with `--json` JSON lines on stderr; else a line for each step. */
export function openProgress(streams: Streams, json: boolean, nowMs: () => number): ProgressView {
  if (json) return jsonLines(streams.stderr, nowMs)
  return streams.stdout.isTTY && streams.stderr.isTTY ? bars(streams.stderr) : plainLines(streams.stderr)
}

function jsonLines(stderr: NodeJS.WriteStream, nowMs: () => number): ProgressView {
  const everyMs = 250
  let saidMs = -Infinity
  let step: string | null = null
  const write = (value: unknown): void => void stderr.write(`${plainJson(value)}\n`)
  return {
    show(progress) {
      const isEnd = progress.doneBytes === progress.totalBytes
      if (progress.step === step && !isEnd && nowMs() - saidMs < everyMs) return
      step = progress.step
      saidMs = nowMs()
      write({ progress })
    },
    note: (text) => write({ note: text }),
    [Symbol.dispose]() {},
  }
}

function plainLines(stderr: NodeJS.WriteStream): ProgressView {
  let step: string | null = null
  return {
    show({ step: now, totalBytes }) {
      if (now === step) return
      step = now
      stderr.write(`${names[now]}${totalBytes === null ? '' : ` ${bytesText(totalBytes)}`}\n`)
    },
    note: (text) => void stderr.write(`${plainText(text)}\n`),
    [Symbol.dispose]() {},
  }
}

function bars(stderr: NodeJS.WriteStream): ProgressView {
  const all = new MultiBar(
    {
      stream: stderr,
      format: '{name} {bar} {percentage}%  {done} of {total}  {eta_formatted}',
      hideCursor: true,
      clearOnComplete: false,
      fps: 8,
      emptyOnZero: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  let step: string | null = null
  let bar: SingleBar | null = null
  return {
    show({ step: now, doneBytes, totalBytes }) {
      const words = {
        name: names[now].padEnd(9),
        done: bytesText(doneBytes),
        total: totalBytes === null ? '?' : bytesText(totalBytes),
      }
      if (now !== step || bar === null) {
        step = now
        bar = all.create(totalBytes ?? Math.max(1, doneBytes), doneBytes, words)
      }
      if (totalBytes === null) bar.setTotal(Math.max(1, doneBytes))
      bar.update(doneBytes, words)
    },
    note: (text) => all.log(`${plainText(text)}\n`),
    [Symbol.dispose]: () => all.stop(),
  }
}
