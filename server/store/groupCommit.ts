/** Runs a list of operations in one statement or transaction; answers in their order. */
export type RunBatch<Item, Answer> = (items: readonly Item[]) => Promise<readonly Answer[]>

/**
 * Group commit: operations that come while the database is busy are written together, since a commit costs about as much for a
 * hundred rows as for one. Each still resolves only when it is stored, and fails alone: a batch that fails is repeated one by one.
 * @param keyOf operations with one key are never in one batch, and keep their order
 */
export function groupCommit<Item, Answer>(
  run: RunBatch<Item, Answer>,
  keyOf: (item: Item) => string,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = []
  let busy = false

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      // What this turn of the event loop still brings shall come along.
      await new Promise(setImmediate)
      const { batch, rest } = split(waiting, keyOf)
      waiting = rest
      await settle(batch, run)
    }
    busy = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (busy) return
      busy = true
      void work()
    })
}

interface Waiting<Item, Answer> {
  readonly item: Item
  resolve(answer: Answer): void
  reject(cause: unknown): void
}

/** Bounds how long the first of a batch waits for the last. */
const maxBatch = 512

function split<Item, Answer>(
  waiting: readonly Waiting<Item, Answer>[],
  keyOf: (item: Item) => string,
): { batch: Waiting<Item, Answer>[]; rest: Waiting<Item, Answer>[] } {
  const keys = new Set<string>()
  const batch: Waiting<Item, Answer>[] = []
  const rest: Waiting<Item, Answer>[] = []
  for (const one of waiting) {
    const key = keyOf(one.item)
    if (keys.has(key) || batch.length === maxBatch) rest.push(one)
    else batch.push(one)
    keys.add(key)
  }
  return { batch, rest }
}

async function settle<Item, Answer>(
  batch: readonly Waiting<Item, Answer>[],
  run: RunBatch<Item, Answer>,
): Promise<void> {
  try {
    const answers = await run(batch.map(({ item }) => item))
    if (answers.length !== batch.length) throw new Error('a batch got another number of answers')
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer)
  } catch (cause) {
    const [only] = batch
    if (batch.length === 1) only?.reject(cause)
    else for (const one of batch) await settle([one], run)
  }
}
