import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { currentCommit, describeMachine } from './machine.ts'
import { parseBenchArgs } from './options.ts'
import { type BenchRow, type BenchRun, table, toJson } from './report.ts'

const folder = import.meta.dirname
const [name = '', ...rest] = process.argv.slice(2)

/** Progress goes to standard error, so that the table alone can be piped on. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text.slice(0, process.stderr.columns - 1)}`)
  else process.stderr.write(`${text}\n`)
}

async function main(): Promise<boolean> {
  const { json, options } = parseBenchArgs(rest)
  const file = path.join(folder, `${name}.ts`)
  if (!existsSync(file)) throw new Error(`There is no bench '${name}'.`)
  const bench = (await import(file)) as { run(run: BenchRun): Promise<void> }
  const commit = currentCommit(folder)
  const results: BenchRow[] = []
  try {
    await bench.run({
      options,
      progress: showProgress,
      row(caseName, metric, unit, value, target) {
        results.push({ case: caseName, metric, unit, value, ...(target === undefined ? {} : { target }) })
      },
    })
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }
  const machine = describeMachine()
  console.log(
    `${name} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, GPU: ${machine.gpu ?? 'none'}`,
  )
  for (const line of table(results)) console.log(line)
  if (json !== null) {
    writeFileSync(json, toJson({ bench: name, commit, machine, results }))
    console.log(`Written to ${json}`)
  }
  return results.length > 0 && results.every(({ value }) => Number.isFinite(value))
}

try {
  if (!(await main())) {
    console.error('Not everything could be measured.')
    process.exitCode = 1
  }
} catch (failure) {
  console.error(failure)
  process.exitCode = 1
}
