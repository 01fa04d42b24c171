import { decodeText } from '../../config/protocol/decode.ts'
import { maxTreeChars, packageTree, type PackageTree, treeFault } from '../../config/protocol/package.ts'
import { flatten, type FlatTree } from './flatTree.ts'
import { hashOf } from './wholeness.ts'

export interface TreeCheck {
  /** Of all its files. */
  readonly maxBytes: number
  /** Files, links and folders together: each takes an inode. */
  readonly maxEntries: number
}

export type ReadTree =
  | { readonly ok: true; readonly flat: FlatTree }
  /** What is wrong with it. */
  | { readonly ok: false; readonly fault: string }

/**
 * @param text of a tree, UTF-8
 * @param check null: it was checked when it came, and a text that has the same id is the same
 */
export function readTree(text: Uint8Array, treeId: string, check: TreeCheck | null): ReadTree {
  if (hashOf(text) !== treeId) return refused('the tree is not the one that was asked for')
  const whole = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')
  if (check === null) return { ok: true, flat: flatten(JSON.parse(whole) as PackageTree) }
  const decoded = decodeText(packageTree, whole, maxTreeChars)
  if (!decoded.ok) return refused(decoded.error.details.join('; '))
  const tree = decoded.value
  const fault = treeFault(tree, check)
  if (fault !== null) return refused(fault)
  const flat = flatten(tree)
  const entries = tree.files.length + tree.links.length + flat.folderCount
  return entries > check.maxEntries
    ? refused(`${entries} files, links and folders are more than ${check.maxEntries}`)
    : { ok: true, flat }
}

const refused = (fault: string): ReadTree => ({ ok: false, fault })
