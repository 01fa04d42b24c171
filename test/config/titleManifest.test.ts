import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { faultLine, readManifest } from '../../config/protocol/titleFaults.ts'
import { saveFilter } from '../../config/protocol/titleSaves.ts'
import { type SchemaNode, titleSchema } from '../../config/protocol/titleSchema.ts'
import { manifestGuide } from '../../config/protocol/titleGuide.ts'

const root = path.resolve(import.meta.dirname, '../..')
const titlesDir = path.join(root, 'edge/titles')
const builtIn = readdirSync(titlesDir, { withFileTypes: true })
  .map(({ name }) => path.join(titlesDir, name, 'nearcade.title.json'))
  .flatMap((file) => {
    try {
      return [{ file, text: readFileSync(file, 'utf8') }]
    } catch {
      return []
    }
  })
const supertux = (): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(titlesDir, 'supertux/nearcade.title.json'), 'utf8')) as Record<
    string,
    unknown
  >
const validate = new Ajv2020({ allErrors: true }).compile(titleSchema())

/** The built-in SuperTux with something else at one place; undefined takes it away. */
function changed(place: string, value: unknown): unknown {
  const manifest = supertux()
  const steps = place.split('.')
  const last = steps.pop() ?? ''
  let at = manifest
  for (const step of steps) at = at[step] as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
  return manifest
}

const faulty: readonly (readonly [
  place: string,
  value: unknown,
  code: string,
  field: string,
  write: RegExp,
])[] = [
  ['id', 'Super Tux', 'bad-form', 'id', /lower case/],
  ['version', '1.0', 'bad-form', 'version', /"1\.0\.0"/],
  ['name', undefined, 'missing', 'name', /80 characters/],
  ['name', '', 'out-of-range', 'name', /80 characters/],
  ['licence', 'GPL', 'wrong-type', 'licence', /`spdx`, `source`/],
  ['cover', '../cover.jpg', 'bad-form', 'cover', /inside/],
  ['runtime.kind', 'windows', 'not-one-of', 'runtime.kind', /"linux", "html5"/],
  ['runtime.command', [], 'out-of-range', 'runtime.command', /Program and arguments/],
  ['runtime.comand', ['x'], 'unknown-field', 'runtime.comand', /`command` if/],
  ['runtime.workingFolder', '/opt', 'bad-form', 'runtime.workingFolder', /inside/],
  ['runtime.env', { lower: 'x' }, 'unknown-field', 'runtime.env.lower', /capital/],
  ['runtime.needs', ['bin/x'], 'bad-form', 'runtime.needs.0', /absolute/],
  ['display.fps', 500, 'out-of-range', 'display.fps', /from 10 to 120/],
  ['display.widthPx', '1280', 'wrong-type', 'display.widthPx', /whole number from 320/],
  ['input.pointer', 'mouse', 'not-one-of', 'input.pointer', /"absolute"/],
  ['input.touchStick', 7, 'wrong-type', 'input.touchStick', /or null/],
  ['limits.memoryBytes', 1024, 'out-of-range', 'limits.memoryBytes', /16777216/],
  ['saves', ['/home'], 'bad-form', 'saves.0', /inside/],
  ['network', 'internet', 'not-one-of', 'network', /^"none"/],
  ['ageRating', { scheme: 'PEGI', age: 13 }, 'not-one-of', 'ageRating.age', /3, 7, 12, 16, 18/],
  ['ageRating', { scheme: 'ESRB', age: 13 }, 'not-one-of', 'ageRating.scheme', /"IARC", "PEGI", "USK"/],
  ['allow', { countries: ['Germany'] }, 'bad-form', 'allow.countries.0', /"DE"/],
  ['gener', 'Platformer', 'unknown-field', 'gener', /`genre` if/],
]

describe('the manifest of a title', () => {
  it('is the same to the program and to the JSON Schema, for every title that comes with it', () => {
    expect(builtIn).to.have.length.greaterThan(5)
    for (const { file, text } of builtIn) {
      const read = readManifest(text)
      expect(read.ok, `${file}: ${read.ok ? '' : read.faults.map(faultLine).join('; ')}`).to.equal(true)
      expect(validate(JSON.parse(text)), `${file}: ${JSON.stringify(validate.errors)}`).to.equal(true)
    }
  })

  for (const [place, value, code, field, write] of faulty)
    it(`says of ${place} = ${JSON.stringify(value) ?? 'nothing'} which field is wrong and what to write`, () => {
      const manifest = changed(place, value)
      const read = readManifest(JSON.stringify(manifest))
      const [fault] = read.ok ? [] : read.faults
      expect(fault).to.include({ code, field })
      expect(fault?.write).to.match(write)
      expect(validate(manifest), 'the JSON Schema takes it').to.equal(false)
    })

  it('is refused when it is no JSON, and when it is nested beyond measure', () => {
    const codes = ['{', 'null', '[]', '['.repeat(200_000)].map((text) => {
      const read = readManifest(text)
      return read.ok ? null : read.faults[0]?.code
    })
    expect(codes).to.deep.equal(['not-json', 'wrong-type', 'wrong-type', 'not-json'])
  })

  it('leaves out what has a default', () => {
    const read = readManifest(JSON.stringify(changed('runtime', { kind: 'linux', command: ['{title}/x'] })))
    expect(read.ok && read.manifest.runtime).to.deep.include({ env: {}, needs: [], packages: [] })
  })

  it('describes every field to editors', () => {
    const bare: string[] = []
    const walk = (node: SchemaNode, at: string): void => {
      for (const option of [...(node.oneOf ?? []), ...(node.anyOf ?? [])]) walk(option, at)
      if (node.items !== undefined) walk(node.items, `${at}[]`)
      if (node.additionalProperties) walk(node.additionalProperties, `${at}.*`)
      for (const [name, below] of Object.entries(node.properties ?? {})) {
        if (below.description === undefined) bare.push(`${at}.${name}`)
        walk(below, `${at}.${name}`)
      }
    }
    walk(titleSchema(), '')
    expect(bare).to.deep.equal([])
  })

  it('has a JSON Schema and a page in docs/ that say what the program does', () => {
    const docs = (name: string): string => readFileSync(path.join(root, 'docs', name), 'utf8')
    const anew = 'run: npm run docs'
    expect(JSON.parse(docs('nearcade.title.schema.json')), anew).to.deep.equal(titleSchema())
    expect(docs('manifest.md'), anew).to.include(manifestGuide())
  })
})

describe('what a title means by its saves', () => {
  const cases: readonly (readonly [glob: string, yes: readonly string[], no: readonly string[]])[] = [
    ['.config/game/**', ['.config/game/a', '.config/game/b/c'], ['.config/game', '.config/gamex/a']],
    ['*.sav', ['a.sav', '.sav'], ['b/a.sav', 'a.save']],
    ['**/*.sav', ['a.sav', 'b/a.sav', 'b/c/a.sav'], ['a.sav/b']],
    ['saves/slot?.dat', ['saves/slot1.dat'], ['saves/slot10.dat', 'saves/slot/.dat']],
    ['./a(b)[c]+', ['a(b)[c]+'], ['ab']],
  ]
  for (const [glob, yes, no] of cases)
    it(`is ${glob}`, () => {
      const isSave = saveFilter([glob])
      expect(yes.filter((path) => !isSave(path))).to.deep.equal([])
      expect(no.filter(isSave)).to.deep.equal([])
    })

  it('is everything where nothing is said', () => {
    expect(saveFilter(undefined)('any/thing')).to.equal(true)
  })
})
