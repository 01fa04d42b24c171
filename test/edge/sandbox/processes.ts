import { readdirSync, readFileSync } from 'node:fs'

/** Pids whose command line holds the text, words joined by NUL. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith(text)
      } catch {
        return false
      }
    })
    .map(Number)
}
