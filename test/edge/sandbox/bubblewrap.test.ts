import { expect } from 'chai'
import { sandboxCommand } from '../../../edge/sandbox/bubblewrap.ts'
import type { SandboxPlan } from '../../../edge/sandbox/bubblewrap.ts'

const plan: SandboxPlan = {
  command: ['game', '--fast'],
  env: { HOME: '/home/player' },
  workFolder: '/home/player',
  mounts: [{ kind: 'readOnly', from: '/usr', to: '/usr' }],
  uid: null,
  allowUserNamespaces: false,
  userNamespacesWork: true,
  limits: { maxProcesses: null, dataBytes: null, openFiles: 100, fileBytes: null },
  hostname: 'nearcade',
}
const bwraps = (command: readonly string[]): number => command.filter((part) => part === 'bwrap').length

describe('the bubblewrap command', () => {
  it('ends in the game, entered from its own folder', () => {
    expect(sandboxCommand(plan).slice(-4)).to.deep.equal(['env', '--chdir=/home/player', 'game', '--fast'])
  })

  it('gives a title its environment at the very end, so that nothing before it can be made to load what the title brings', () => {
    for (const uid of [null, 61_000]) {
      const command = sandboxCommand({
        ...plan,
        uid,
        ownEnv: { LD_PRELOAD: '/opt/title/evil.so', PATH: '/opt/title' },
      })
      expect(command.slice(-6)).to.deep.equal([
        'env',
        '--chdir=/home/player',
        'LD_PRELOAD=/opt/title/evil.so',
        'PATH=/opt/title',
        'game',
        '--fast',
      ])
      expect(command.join(' ').split('LD_PRELOAD')).to.have.length(2)
    }
  })

  it('has namespaces of its own, no host environment, no capabilities, and dies with us, whoever runs it', () => {
    for (const uid of [null, 61_000]) {
      const command = sandboxCommand({ ...plan, uid })
      for (const flag of ['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--clearenv'])
        expect(command).to.include(flag)
      for (const flag of ['--die-with-parent', '--new-session', '--disable-userns'])
        expect(command).to.include(flag)
      expect(command.join(' ')).to.include('--cap-drop ALL')
    }
  })

  it('as root gives root up before the game, and keeps only what that takes until then', () => {
    const command = sandboxCommand({ ...plan, uid: 61_007 })
    const setpriv = command.indexOf('setpriv')
    expect(command.slice(setpriv, setpriv + 4)).to.include.members([
      '--reuid=61007',
      '--regid=61007',
      '--clear-groups',
    ])
    expect(command.filter((part) => part.startsWith('CAP_'))).to.deep.equal([
      'CAP_SETUID',
      'CAP_SETGID',
      'CAP_SETPCAP',
    ])
    expect(command).to.include('--no-new-privs').and.to.include('--bounding-set=-all')
  })

  it('leaves user namespaces to Chromium alone, and copes where the host has none', () => {
    expect(bwraps(sandboxCommand({ ...plan, uid: 61_000 }))).to.equal(2)
    expect(bwraps(sandboxCommand({ ...plan, uid: 61_000, allowUserNamespaces: true }))).to.equal(1)
    expect(bwraps(sandboxCommand({ ...plan, uid: 61_000, userNamespacesWork: false }))).to.equal(1)
    expect(sandboxCommand({ ...plan, allowUserNamespaces: true })).to.not.include('--disable-userns')
  })

  it('sets rlimits where they are asked for', () => {
    const limits = { maxProcesses: 50, dataBytes: 1000, openFiles: 100, fileBytes: 2000 }
    const command = sandboxCommand({ ...plan, limits })
    expect(command).to.include.members([
      '--core=0',
      '--nofile=100',
      '--nproc=50',
      '--data=1000',
      '--fsize=2000',
    ])
    expect(sandboxCommand(plan).join(' ')).to.not.match(/--nproc|--data|--fsize/)
  })
})
