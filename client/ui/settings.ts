import { type Quality, qualityOf } from '../player/quality.ts'

/** What this browser remembers. Storage may be full, blocked or hold anything: each read falls back to the default. */
export interface Settings {
  readonly volume: number
  readonly muted: boolean
  readonly overlay: boolean
  readonly quality: Quality
}

/** `{ volume: 0..1, muted, overlay }` */
export const settingsKey = 'nearcade.settings'
/** `{ heightPx: 720 | 540 | 360 | null, fps: 60 | 30, maxBitrateBps, dataSaver }` */
export const qualityKey = 'nearcade.quality'

function record(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

export function parseSettings(settings: string | null, quality: string | null): Settings {
  const { volume, muted, overlay } = record(settings)
  return {
    volume: typeof volume === 'number' && Number.isFinite(volume) ? Math.min(1, Math.max(0, volume)) : 1,
    muted: muted === true,
    overlay: overlay === true,
    quality: qualityOf(record(quality)),
  }
}

export function loadSettings(): Settings {
  try {
    return parseSettings(localStorage.getItem(settingsKey), localStorage.getItem(qualityKey))
  } catch {
    return parseSettings(null, null)
  }
}

export function saveSettings({ quality, ...settings }: Settings): void {
  try {
    localStorage.setItem(settingsKey, JSON.stringify(settings))
    localStorage.setItem(qualityKey, JSON.stringify(quality))
  } catch {
    // Private windows and full disks: the choice then lives as long as the page.
  }
}
