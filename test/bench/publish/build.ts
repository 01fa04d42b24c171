import { createCipheriv, createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  packageChunkBytes,
  type PackageFile,
  packageManifest,
  type PackageTree,
  treeText,
} from '../../../config/protocol/package.ts'

const MiB = 1024 ** 2
const zeros = Buffer.alloc(MiB)

/** Bytes that nothing makes smaller, the same for the same seed. */
function* noise(seed: string, bytes: number): Iterable<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', createHash('md5').update(seed).digest(), Buffer.alloc(16))
  for (let left = bytes; left > 0; left -= MiB) yield cipher.update(zeros.subarray(0, Math.min(left, MiB)))
}

/** A build as games are: half of it in a few archives, two fifths in files of some MiB, the rest in thousands of small ones. */
export async function writeBuild(folder: string, bytes: number, id: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const write = async (name: string, size: number): Promise<void> => {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    const handle = await open(file, 'w')
    for (const part of noise(name, size)) await handle.write(part)
    await handle.close()
  }
  for (let i = 0; i < 4; i += 1) await write(`archive-${i}.pak`, Math.floor(bytes / 8))
  for (let left = bytes * 0.4, i = 0; left > 0; i += 1, left -= 5 * MiB)
    await write(`levels/${i}.lvl`, 5 * MiB)
  for (let left = bytes * 0.1, i = 0; left > 0; i += 1, left -= 60_000)
    await write(`assets/${i % 50}/${i}.dat`, 60_000)
  await writeManifest(folder, id, '1.0.0')
}

/** The next version: one hundredth of the bytes of the archives, in places here and there. */
export async function changeBuild(folder: string, bytes: number, id: string): Promise<void> {
  const places = 5
  for (let i = 0; i < 4; i += 1) {
    const handle = await open(path.join(folder, `archive-${i}.pak`), 'r+')
    const { size } = await handle.stat()
    for (let place = 0; place < places; place += 1) {
      let at = Math.floor((size * (place + 0.3)) / places)
      for (const part of noise(`changed ${i} ${place}`, Math.floor(bytes / 100 / 4 / places))) {
        await handle.write(part, 0, part.length, at)
        at += part.length
      }
    }
    await handle.close()
  }
  await writeManifest(folder, id, '1.0.1')
}

async function writeManifest(folder: string, id: string, version: string): Promise<void> {
  const text = await readFile('edge/titles/stardust/nearcade.title.json', 'utf8')
  const manifest = { ...(JSON.parse(text) as object), id, version }
  await writeFile(path.join(folder, packageManifest), JSON.stringify(manifest))
}

export interface Read {
  readonly tree: PackageTree
  readonly treeId: string
  readonly bytes: number
}

/** Reads a build, chunk by chunk. */
export async function readBuild(
  folder: string,
  onChunk: (sha256: string, bytes: Buffer) => Promise<void>,
): Promise<Read> {
  const files: PackageFile[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    const handle = await open(file)
    const { size } = await handle.stat()
    const chunks: string[] = []
    for (let at = 0; at < size; at += packageChunkBytes) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(packageChunkBytes),
        0,
        packageChunkBytes,
        at,
      )
      const bytes = buffer.subarray(0, bytesRead)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      chunks.push(sha256)
      await onChunk(sha256, bytes)
    }
    await handle.close()
    files.push({ path: path.relative(folder, file), size, executable: false, chunks })
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  const tree = { files, links: [] }
  const treeId = createHash('sha256').update(treeText(tree)).digest('hex')
  return { tree, treeId, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}
