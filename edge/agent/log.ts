import { pino, type Logger } from 'pino'

export type { Logger }

export const createLog = (level: string): Logger => pino({ level, base: { program: 'edge' } })

const levels = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' } as const

/** FFmpeg's libraries tell about every encoder that they open and close. */
const ffmpegLine = /^\[\w+ @ 0x/

/** A session process logs JSON lines of the same make; whatever else it or its libraries print becomes one plain line. */
export function passLine(log: Logger, line: string, fields: object): void {
  let own: Record<string, unknown> | null = null
  if (line.startsWith('{')) {
    try {
      own = JSON.parse(line) as Record<string, unknown>
    } catch {
      own = null
    }
  }
  const level = own === null ? undefined : levels[own['level'] as keyof typeof levels]
  if (own === null || level === undefined) {
    log[ffmpegLine.test(line) ? 'debug' : 'info']({ ...fields, line }, 'session process')
    return
  }
  const { level: _level, time: _time, pid, program: _program, hostname: _hostname, msg, ...rest } = own
  log[level]({ ...rest, ...fields, sessionPid: pid }, String(msg ?? ''))
}
