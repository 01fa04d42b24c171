import * as z from 'zod/mini'
import { listText } from './parse.ts'

/** Which strategy each replaceable stage of the way to the browser uses; `none` beside each, so that a benchmark can say what it is worth. */
export const strategyChoices = {
  pacer: ['priority', 'none'],
  congestion: ['gcc', 'none'],
  fec: ['auto', 'none'],
  retransmission: ['history', 'none'],
  audioRedundancy: ['auto', 'none'],
} as const

export type Strategies = { readonly [K in keyof typeof strategyChoices]: (typeof strategyChoices)[K][number] }

export const defaultStrategies: Strategies = {
  pacer: 'priority',
  congestion: 'gcc',
  fec: 'auto',
  retransmission: 'history',
  audioRedundancy: 'auto',
}

const allowed: readonly string[] = Object.entries(strategyChoices).flatMap(([stage, choices]) =>
  choices.map((choice) => `${stage}=${choice}`),
)

/** `pacer=none,fec=none`: the stages that differ from the default. */
export const strategiesText = z.pipe(
  listText.check(
    z.refine(
      (pairs: string[]) => pairs.every((pair) => allowed.includes(pair)),
      `takes some of ${allowed.join(', ')}`,
    ),
  ),
  z.transform(
    (pairs: string[]): Strategies => ({
      ...defaultStrategies,
      ...Object.fromEntries(pairs.map((pair) => pair.split('='))),
    }),
  ),
)
