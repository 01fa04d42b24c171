import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { browserFlags, compile, sdkTypes } from '../../support/sdkTypes.ts'

const file = path.resolve(import.meta.dirname, '../../../docs/embed/nearcade.d.ts')

describe('the types of the SDK', function () {
  this.timeout(30_000)

  it('are those of its source, and the example site keeps to them', async () => {
    const page = compile(...browserFlags, '--noEmit', '--allowJs', '--checkJs', 'docs/embed/page.js')
    const [written, made] = await Promise.all([readFile(file, 'utf8'), sdkTypes(), page])
    expect(written, 'run: npm run docs').to.equal(made)
  })
})
