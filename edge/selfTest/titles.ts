import { checkTitles } from '../titles/catalogue.ts'
import type { Check } from './check.ts'

/** Those that come with Nearcade; publishers' titles bring what they need. */
export const titles = (titlesDir: string): Check => ({
  name: 'Titles',
  next: 'Install what the titles miss.',
  async run() {
    const checked = await checkTitles(titlesDir)
    const playable = checked.filter(({ missing }) => missing.length === 0)
    const packages = [...new Set(checked.flatMap(({ packages }) => packages))].toSorted()
    const found = `${playable.length} of ${checked.length} titles can run`
    if (playable.length === checked.length) return { state: 'passed', found }
    const next = `For the others: apt-get install ${packages.join(' ')}`
    return { state: 'warning', found, ...(packages.length === 0 ? {} : { next }) }
  },
})
