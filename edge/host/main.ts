import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CommanderError } from 'commander'
import { NearcadeError } from '../../config/errors.ts'
import { SettingsError } from '../../config/settings/parse.ts'
import { defaultDataDir } from './machineFile.ts'
import { createProgram } from './program.ts'

const exitCodes = { good: 0, refused: 1, usage: 2 } as const

const distFolder = dirname(fileURLToPath(import.meta.url))
const edgeProgram = resolve(distFolder, 'edge.mjs')
const isRoot = process.getuid?.() === 0

const program = createProgram(
  {
    defaultDataDir: defaultDataDir(process.getuid?.()),
    titlesDir: resolve(distFolder, '../edge/titles'),
    nodeBinary: process.execPath,
    edgeProgram,
    home: isRoot ? null : homedir(),
    print: (line) => void process.stdout.write(`${line}\n`),
    async writeUnit({ file, text }) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    },
    async runNode(configFile) {
      process.env['NEARCADE_CONFIG'] = configFile
      await import(pathToFileURL(edgeProgram).href)
    },
  },
  (isGood) => {
    process.exitCode = isGood ? exitCodes.good : exitCodes.refused
  },
)

/** @returns the exit code */
function tellFault(fault: unknown): number {
  if (fault instanceof CommanderError) return fault.exitCode === 0 ? exitCodes.good : exitCodes.usage
  const json = process.argv.includes('--json')
  if (fault instanceof NearcadeError) {
    const { code, what, next, details = [] } = fault.toWire()
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, what, next, details } })}\n`)
    else
      process.stderr.write(`${[what, ...details.map((one) => `  ${one}`), next, `(${code})`].join('\n')}\n`)
    return exitCodes.refused
  }
  const text = fault instanceof Error ? fault.message : String(fault)
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: { what: text } })}\n`)
  else process.stderr.write(`${text}\n`)
  return fault instanceof SettingsError ? exitCodes.usage : exitCodes.refused
}

try {
  await program.parseAsync(process.argv.slice(3), { from: 'user' })
} catch (fault) {
  process.exitCode = tellFault(fault)
}
