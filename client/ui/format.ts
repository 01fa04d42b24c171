/** `1:05`, `12:00`, `1:02:03`; never negative. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const pad = (n: number): string => String(n).padStart(2, '0')
  const h = Math.floor(seconds / 3600)
  const m = Math.floor((seconds % 3600) / 60)
  return h > 0 ? `${h}:${pad(m)}:${pad(seconds % 60)}` : `${m}:${pad(seconds % 60)}`
}

/** Time gone by, counted in whole seconds that are over. */
export const elapsedText = (ms: number): string => clockText(1000 * Math.floor(Math.max(0, ms) / 1000))

/** A time that nobody knows to the second: `under a minute`, `about 4 min`, `about 2 h`. */
export function aboutText(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 1) return 'under a minute'
  return minutes < 90 ? `about ${Math.round(minutes)} min` : `about ${Math.round(minutes / 60)} h`
}

export const bitrateText = (bps: number): string =>
  bps >= 1_000_000 ? `${(bps / 1_000_000).toFixed(1)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`

/** What a stream at this rate takes in an hour, sound and repairs not counted. */
export function hourlyDataText(bps: number): string {
  const megabytes = (bps * 3600) / 8 / 1e6
  return megabytes < 1000 ? `${Math.round(megabytes)} MB/h` : `${(megabytes / 1000).toFixed(1)} GB/h`
}

/** A measurement with as many digits as it deserves; a dash for none. */
export function msText(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '–'
  return Math.abs(ms) < 10 ? ms.toFixed(1) : String(Math.round(ms))
}

/** A date and time in the reader's own way. */
export const whenText = (atMs: number): string =>
  new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** `312 B`, `4.2 MB`, `1.25 GB`; decimal, as disks and networks are sold. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB'] as const
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`
}
