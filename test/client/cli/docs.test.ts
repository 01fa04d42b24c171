import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { commandGuide } from '../../../client/cli/guide.ts'
import { createProgram } from '../../../client/cli/program.ts'

describe('docs/cli.md', () => {
  it('says of every command what its help says', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
    const guide = commandGuide(createProgram(async () => {}))
    for (const name of [
      'login',
      'title init',
      'title check',
      'title push',
      'title report',
      'launch-keys create',
    ])
      expect(guide).to.contain(`### ${name}\n`)
    expect(page, 'run: npm run docs').to.contain(guide)
  })
})
