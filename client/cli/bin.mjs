#!/usr/bin/env node
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const program = path.join(root, 'dist/cli/nearcade.mjs')
if (existsSync(program)) await import(pathToFileURL(program).href)
else {
  console.error(`Nearcade has not been built yet. Run this first: npm --prefix ${root} run build`)
  process.exitCode = 2
}
