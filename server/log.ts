import { pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** One JSON line an event on standard output. What is logged is chosen field by field: no headers, cookies or tokens. */
export const openLog = (level: string): Log => pino({ name: 'router', level })
