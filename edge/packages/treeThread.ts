import { parentPort } from 'node:worker_threads'
import { piecesOf } from './flatTree.ts'
import { type ReadTree, readTree, type TreeCheck } from './readTree.ts'

/** Reads trees apart from the agent: one of a hundred thousand files takes seconds. */
export interface TreeQuestion {
  readonly text: Uint8Array<ArrayBuffer>
  readonly treeId: string
  readonly check: TreeCheck | null
}
/** One for each question, in their order. The text comes back with it. */
export interface TreeAnswer {
  readonly text: Uint8Array<ArrayBuffer>
  readonly read: ReadTree
}

parentPort?.on('message', ({ text, treeId, check }: TreeQuestion) => {
  const read = readTree(text, treeId, check)
  const answer: TreeAnswer = { text, read }
  parentPort?.postMessage(answer, [text.buffer, ...(read.ok ? piecesOf(read.flat) : [])])
})
