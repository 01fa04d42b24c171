import type { OperatorSite } from '../../config/protocol/operator.ts'
import { clockText } from '../ui/format.ts'

/** 0 to 1. */
export const loadOf = ({ seats, seatsUsed }: Pick<OperatorSite, 'seats' | 'seatsUsed'>): number =>
  seats === 0 ? 0 : Math.min(1, seatsUsed / seats)

/** A colour and a word for how full something is. */
export function loadLevel(load: number): 'calm' | 'busy' | 'full' {
  if (load >= 0.95) return 'full'
  return load >= 0.7 ? 'busy' : 'calm'
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`

export const waitedText = (ms: number): string => clockText(ms)

/** `14:00`, by this browser's clock. */
export const hourText = (atMs: number): string =>
  new Date(atMs).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })

export const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
