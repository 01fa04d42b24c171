import type { PlacementCandidate, PlacementReport } from '../../config/protocol/placement.ts'

/** A report with the names of fields and terms written down once, and of each candidate only the values: half the size. */
interface Packed extends Omit<PlacementReport, 'candidates'> {
  readonly fields: readonly string[]
  readonly terms: readonly string[]
  /** Fields, then terms. */
  readonly rows: readonly (readonly unknown[])[]
}

export const packedPlacement = {
  stringify({ candidates, ...report }: PlacementReport): string {
    const [first] = candidates
    const fields = Object.keys(first ?? {}).filter((field) => field !== 'terms')
    const terms = Object.keys(first?.terms ?? {})
    const rows = candidates.map((candidate) => {
      const values = new Map<string, unknown>(Object.entries(candidate))
      return [...fields.map((field) => values.get(field)), ...terms.map((term) => candidate.terms[term])]
    })
    return JSON.stringify({ ...report, fields, terms, rows } satisfies Packed)
  },

  parse(text: string): PlacementReport {
    const parsed = JSON.parse(text) as PlacementReport | Packed
    // As they were written before.
    if ('candidates' in parsed) return parsed
    const { fields, terms, rows, ...report } = parsed
    const candidates = rows.map((row): unknown => ({
      ...Object.fromEntries(fields.map((field, at) => [field, row[at]])),
      terms: Object.fromEntries(terms.map((term, at) => [term, row[fields.length + at]])),
    }))
    return { ...report, candidates: candidates as PlacementCandidate[] }
  },
}
