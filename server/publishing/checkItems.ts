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
