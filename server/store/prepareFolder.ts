import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Plain CommonJS text, so that it runs the same from source and from a bundle. */
const workerCode = `
const { file, folder } = require('node:worker_threads').workerData
require(file).PGlite.create(folder).then((database) => database.close())
`

/**
 * Makes a new database folder, unless it is there. It happens in a worker: the memory it takes (some 500 MB) goes with it, and
 * requests need not wait. The folder appears whole or not at all, so a program killed meanwhile leaves none that is half made.
 */
export async function prepareFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return
  const draft = `${folder}.new`
  await rm(draft, { recursive: true, force: true })
  const file = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const worker = new Worker(workerCode, { eval: true, workerData: { file, folder: draft }, execArgv: [] })
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`preparing the database ended with code ${code}`)),
    )
  })
  await rename(draft, folder)
}
