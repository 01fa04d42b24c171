import type { CheckItem } from '../../config/protocol/publishing.ts'

/** @param next what to do where it did not pass */
export const item = (name: string, passed: boolean, measured: string, next: string): CheckItem => ({
  name,
  passed,
  measured,
  next: passed ? null : next,
})

/** It passes, and there is something to look at all the same. */
export const note = (name: string, measured: string, next: string): CheckItem => ({
  name,
  passed: true,
  measured,
  next,
})

/** Of names that were found. */
const mostListed = 6

export const listed = (names: readonly string[]): string => {
  const text = names.slice(0, mostListed).join(', ')
  return (names.length > mostListed ? `${text} and ${names.length - mostListed} more` : text).slice(0, 400)
}
