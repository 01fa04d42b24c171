import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import express from 'express'
import type { PackageTree } from '../../../config/protocol/package.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { systemClock } from '../../../server/clock.ts'
import { nodePackageRoutes } from '../../../server/http/nodePackages.ts'
import { treeSource } from '../../server/packages/support/treeSource.ts'

/**
 * The router's end for nodes, in a process of its own: the folder in its argument has `blobs` and `trees/<treeId>`. It says where it listens,
 * and at each message how many bytes of chunks it has read so far.
 */
const folder = process.argv[2] ?? ''
const blobs = await openBlobFolder(path.join(folder, 'blobs'))
let readBytes = 0
const app = express()
app.use(
  '/api/node/packages',
  nodePackageRoutes({
    packages: {
      ...treeSource(
        async (treeId) =>
          JSON.parse(await readFile(path.join(folder, 'trees', treeId), 'utf8')) as PackageTree,
      ),
      async readChunk(sha256) {
        const blob = await blobs.get(sha256)
        readBytes += blob?.size ?? 0
        return blob
      },
    },
    fleet: { hasNotLost: () => true, mayRead: () => true },
    clock: systemClock,
  }),
)
const server = createServer(app).listen(0, '127.0.0.1', () => {
  process.send?.({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
process.on('message', () => process.send?.({ readBytes }))
process.on('disconnect', () => process.exit(0))
