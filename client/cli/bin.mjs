#!/usr/bin/env node
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
/** What hosts do is part of the node's program, the rest is the publishers'. */
const program = path.join(root, process.argv[2] === 'edge' ? 'dist/host.mjs' : 'dist/cli/nearcade.mjs')
if (existsSync(program)) await import(pathToFileURL(program).href)
else {
  console.error(`Nearcade has not been built yet. Run this first: npm --prefix ${root} run build`)
  process.exitCode = 2
}
