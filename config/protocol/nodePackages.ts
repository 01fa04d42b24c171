import * as z from 'zod/mini'
import { hashList, sha256 } from './content.ts'

/**
 * Packages from router to node, over HTTP. Each request is signed with the node's key (nodeRequest.ts). A node may read the packages that
 * it was asked to have (`install` in nodeSocket.ts) and no others.
 *
 *   GET  /api/node/packages/:treeId   the tree's text (`treeText` in package.ts)
 *   POST /api/node/packages/chunks    AskChunks → packageFrames.ts: each of them once, in the order of the request
 */

/** Of one request; and no more bytes than `maxFrameBodyBytes`. */
export const mostHashes = 4096

export const askChunks = z.strictObject({ treeId: sha256, hashes: hashList(mostHashes) })
