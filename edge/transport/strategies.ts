/** Which strategy each replaceable stage uses; `none` beside each, so that a benchmark can say what it is worth. */
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
