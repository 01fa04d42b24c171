import { createHash } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { hashFiles } from '../../../client/cli/upload/hashPool.ts'
import { tempFolder } from '../../server/support/tempFolder.ts'

const MiB = 1024 ** 2

describe('hashing a build', function () {
  this.timeout(60_000)

  it('goes on to the end with one thread, however many times that thread has to be asked', async () => {
    const folder = await tempFolder()
    try {
      const file = path.join(folder.path, 'big')
      const bytes = Buffer.alloc(70 * MiB, 7)
      await writeFile(file, bytes)
      const { mtimeNs } = await stat(file, { bigint: true })
      let told = 0
      const [hashes] = await hashFiles([{ file, size: bytes.length, mtimeNs }], {
        blockBytes: MiB,
        threads: 1,
        onBytes: (more) => (told += more),
      })
      const one = createHash('sha256').update(bytes.subarray(0, MiB)).digest('hex')
      expect(hashes).to.deep.equal(Array.from({ length: 70 }, () => one))
      expect(told).to.equal(bytes.length)
    } finally {
      await folder.remove()
    }
  })
})
