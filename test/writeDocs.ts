import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { commandGuide } from '../client/cli/guide.ts'
import { createProgram } from '../client/cli/program.ts'
import { manifestGuide } from '../config/protocol/titleGuide.ts'
import { sdkTypes } from './support/sdkTypes.ts'
import { titleSchema } from '../config/protocol/titleSchema.ts'

/** `npm run docs`: writes the parts of docs/ that are made from the program. Tests say when they are old. */
const docs = path.resolve(import.meta.dirname, '../docs')

/** Puts text between the two marks of a page. */
async function fill(name: string, mark: string, text: string): Promise<void> {
  const file = path.join(docs, name)
  const page = await readFile(file, 'utf8')
  const [from, to] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`]
  const [before, after] = [page.indexOf(from), page.indexOf(to)]
  if (before < 0 || after < 0) throw new Error(`${name} has no ${from} … ${to}`)
  await writeFile(file, `${page.slice(0, before)}${from}\n\n${text}\n\n${page.slice(after)}`)
}

await writeFile(path.join(docs, 'nearcade.title.schema.json'), `${JSON.stringify(titleSchema(), null, 2)}\n`)
await writeFile(path.join(docs, 'embed/nearcade.d.ts'), await sdkTypes())
await fill('manifest.md', 'fields', manifestGuide())
await fill('cli.md', 'commands', commandGuide(createProgram(async () => {})))
