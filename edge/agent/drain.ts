import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Whether a node takes new sessions. What its host has said holds over restarts. */
export interface Drain {
  /** Nobody new: its host wants that, or it is being closed. */
  readonly isDraining: boolean
  /** It is being closed: what was promised is off too. */
  readonly isClosing: boolean
  set(drained: boolean): Promise<void>
  /** Nobody new, until this program ends. */
  leave(): void
  close(): void
}

export function openDrain(dataDir: string, onChange: () => void): Drain {
  const file = join(dataDir, 'drained')
  let drained = existsSync(file)
  let leaving = false
  let closing = false
  return {
    get isDraining() {
      return drained || leaving || closing
    },
    get isClosing() {
      return closing
    },
    async set(wanted) {
      if (wanted) await writeFile(file, '')
      else await rm(file, { force: true })
      drained = wanted
      onChange()
    },
    leave() {
      leaving = true
      onChange()
    },
    close() {
      closing = true
      onChange()
    },
  }
}
