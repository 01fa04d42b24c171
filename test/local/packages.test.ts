import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { installable, installCommand } from '../../server/local/apt.mjs'
import {
  describeMissing,
  missingPackages,
  probeOn,
  systemPackages,
  testPackages,
} from '../../server/local/packages.mjs'
import { installerFor } from '../../server/local/setup.mjs'

describe('system packages', () => {
  it('lists each package once, with what it is for and what is lost without it', () => {
    const all = [...systemPackages, ...testPackages]
    const names = all.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    for (const { name, probes, does, without } of all) {
      expect(probes, name).to.not.be.empty
      expect(does, name).to.not.equal('')
      expect(without, name).to.not.equal('')
    }
  })

  it('misses what does not hold', () => {
    const missing = missingPackages(systemPackages, (probe) => 'program' in probe && probe.program === 'Xvfb')
    expect(missing.map(({ name }) => name))
      .to.include.members(['bubblewrap', 'libyuv0', 'freedoom'])
      .and.not.include('xvfb')
    expect(missingPackages(systemPackages, () => true)).to.deep.equal([])
  })

  it('are those that the titles ask for, and no title is left out', () => {
    const titles = path.resolve(import.meta.dirname, '../../edge/titles')
    const names = systemPackages.map(({ name }) => name)
    const manifests = readdirSync(titles)
      .map((title) => path.join(titles, title, 'nearcade.title.json'))
      .filter((file) => existsSync(file))
    expect(manifests).to.have.length.greaterThan(0)
    for (const file of manifests) {
      const { runtime } = JSON.parse(readFileSync(file, 'utf8')) as { runtime: { packages: string[] } }
      expect(names, file).to.include.members(runtime.packages)
    }
  })

  it('finds games outside the search path of root, and libraries by their file', () => {
    const holds = probeOn('/usr/bin')
    expect(holds({ program: 'env' })).to.equal(true)
    expect(holds({ program: 'no-such-program' })).to.equal(false)
    expect(holds({ file: '/etc/passwd' })).to.equal(true)
    expect(holds({ library: 'libc.so.6' })).to.equal(true)
    expect(holds({ library: 'libnothing.so.9' })).to.equal(false)
  })

  it('says a consequence once for all packages that share it', () => {
    const sound = systemPackages.filter(({ name }) => name.startsWith('pulseaudio'))
    expect(describeMissing(sound)).to.deep.equal([
      'without pulseaudio and pulseaudio-utils: games have no sound',
    ])
  })

  it('prints one exact command', () => {
    expect(installCommand(['xvfb', 'bubblewrap'], false)).to.equal(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends xvfb bubblewrap',
    )
    expect(installCommand(['xvfb'], true)).to.equal(
      'apt-get update && apt-get install -y --no-install-recommends xvfb',
    )
  })

  it('tells what the distribution has from what it only knows by name', () => {
    const policy = [
      'xvfb:',
      '  Installed: (none)',
      '  Candidate: 2:21.1.7-3',
      'chromium:',
      '  Installed: (none)',
      '  Candidate: (none)',
      'libc6:amd64:',
      '  Candidate: 2.36',
    ].join('\n')
    expect([...installable(policy)]).to.deep.equal(['xvfb', 'libc6'])
  })

  it('installs as root, asks through sudo at a terminal, and else leaves it to a person', () => {
    const machine = { hasApt: true, hasSudo: true, isRoot: false, atTerminal: true }
    expect(installerFor(machine)).to.equal('sudo')
    expect(installerFor({ ...machine, isRoot: true, atTerminal: false })).to.equal('root')
    expect(installerFor({ ...machine, atTerminal: false })).to.equal(null)
    expect(installerFor({ ...machine, hasSudo: false })).to.equal(null)
    expect(installerFor({ ...machine, isRoot: true, hasApt: false })).to.equal(null)
  })
})
