import { type Quality, qualityOf } from '../player/quality.ts'

/** What this browser remembers. Storage may be full, blocked or hold anything: each read falls back to the default. */
export interface Settings {
  readonly volume: number
  readonly muted: boolean
  readonly quality: Quality
  readonly overlay: boolean
}

const key = 'nearcade.settings.v1'

export function parseSettings(text: string | null): Settings {
  let value: unknown = null
  try {
    value = JSON.parse(text ?? 'null')
  } catch {
    value = null
  }
  const from = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const volume = typeof from['volume'] === 'number' ? from['volume'] : 1
  return {
    volume: Number.isFinite(volume) ? Math.min(1, Math.max(0, volume)) : 1,
    muted: from['muted'] === true,
    quality: qualityOf(from['quality']),
    overlay: from['overlay'] === true,
  }
}

export function loadSettings(): Settings {
  try {
    return parseSettings(localStorage.getItem(key))
  } catch {
    return parseSettings(null)
  }
}

export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(key, JSON.stringify(settings))
  } catch {
    // Private windows and full disks: the choice then lives as long as the page.
  }
}
