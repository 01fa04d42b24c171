import { type PackageTree, treeText } from '../../../../config/protocol/package.ts'
import { createChunkList } from '../../../../server/packages/chunkList.ts'
import { chunksIn } from '../../../../server/packages/contents.ts'
import type { Packages } from '../../../../server/packages/packages.ts'

/** Trees as a router gives them to nodes. */
export function treeSource(
  find: (treeId: string) => PackageTree | undefined | Promise<PackageTree | undefined>,
): Pick<Packages, 'treeText' | 'chunksOf'> {
  const textOf = async (treeId: string): Promise<Buffer | null> => {
    const tree = await find(treeId)
    return tree === undefined ? null : Buffer.from(treeText(tree))
  }
  return {
    async treeText(treeId) {
      const text = await textOf(treeId)
      return text === null ? null : { size: text.length, bytes: partsOf(text) }
    },
    async chunksOf(treeId) {
      const text = await textOf(treeId)
      return text === null ? null : createChunkList(chunksIn('tree', text))
    },
  }
}

async function* partsOf(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes
}
