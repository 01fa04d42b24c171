import { createServer } from 'node:net'
import { readdirSync } from 'node:fs'
import { lstat, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { exitReason, gamePlan } from '../../../edge/sandbox/game.ts'
import { insideWorkFolder } from '../../../edge/titles/titleCommand.ts'
import { createCgroup } from '../../../edge/sandbox/cgroup.ts'
import { processesWith } from './processes.ts'
import { openRig, roomy, until } from './rig.ts'
import type { Rig } from './rig.ts'

const mebibyte = 1024 * 1024

describe('a game in its sandbox', function () {
  this.timeout(30_000)
  let rig: Rig
  beforeEach(async () => {
    rig = await openRig('a')
  })
  afterEach(async () => {
    await rig[Symbol.asyncDispose]()
  })

  it('has a home, a /tmp, its display and its cookie, and nothing of the environment that started it', async () => {
    const { lines, exit } = await rig.run(
      'touch ~/save /tmp/x && cat $XAUTHORITY && echo && test -S /tmp/.X11-unix/X0 && tr "\\0" "\\n" </proc/self/environ && (tr "\\0" "\\n" </proc/1/environ) 2>/dev/null; true',
    )
    expect(exit).to.deep.equal({ kind: 'exited', code: 0 })
    expect(lines).to.include('cookie of a').and.to.include('DISPLAY=:0')
    const names = new Set(lines.filter((line) => line.includes('=')).map((line) => line.split('=')[0]))
    for (const name of Object.keys(process.env))
      if (!['PATH', 'HOME', 'LANG', 'USER', 'PWD'].includes(name)) expect(names).to.not.include(name)
    await lstat(join(rig.spec.homeDir, 'save'))
  })

  it('is nobody: no capability, no group, no way to gain a privilege or a user namespace', async () => {
    const { lines } = await rig.run(
      'grep -E "^(Uid|Cap...|NoNewPrivs)" /proc/self/status; id -u; unshare -U true; echo made $?',
    )
    expect(lines.filter((line) => line.startsWith('Cap')).every((line) => /\t0+$/.test(line))).to.equal(true)
    expect(lines).to.include('NoNewPrivs:\t1')
    expect(lines).to.not.include('made 0')
    if (process.getuid?.() === 0) expect(lines).to.include(String(61_000 + rig.seat))
  })

  it("cannot reach another session's home, display, cookie or sound, nor see its processes", async () => {
    const other = await openRig('b')
    try {
      await writeFile(join(other.spec.homeDir, 'secret'), 'mine', { mode: 0o644 })
      // a number that the search for it does not itself show
      const neighbour = await other.start('exec sleep 600.25')
      const paths = [other.folder, other.spec.homeDir, other.spec.displaySocketFile, other.spec.authFile]
      const { lines } = await rig.run(
        `for path in ${paths.join(' ')} ${rig.folder} /root /var /srv; do ls "$path" >/dev/null 2>&1 && echo "seen $path"; done; ls -d /proc/[0-9]*; ls -R / 2>/dev/null | grep -x secret; cat /proc/[0-9]*/cmdline | tr "\\0" "\\n" | grep -x "600[.]25"`,
      )
      expect(lines.filter((line) => line.startsWith('seen'))).to.deep.equal([])
      expect(lines).to.not.include('secret').and.to.not.include('600.25')
      expect(lines.filter((line) => /^\/proc\/\d+$/.test(line)).length).to.be.lessThan(8)
      await neighbour[Symbol.asyncDispose]()
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  it('cannot write to the system or to its title', async () => {
    const { lines } = await rig.run(
      'for path in /usr/x /opt/title/x /etc/x /x /run/x; do touch $path 2>/dev/null && echo "wrote $path"; done; true',
      {
        readOnly: { [rig.folder]: '/opt/title' },
      },
    )
    expect(lines.filter((line) => line.startsWith('wrote'))).to.deep.equal([])
  })

  it("cannot reach the network, the host's loopback or its abstract sockets", async () => {
    const tcp = createServer((socket) => socket.end())
    const abstract = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const name = `nearcade-test-${process.pid}`
    await new Promise<void>((resolve) => abstract.listen(`\0${name}`, resolve))
    try {
      const address = tcp.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const script = `
        const net = require('net')
        const tries = [{ port: ${port}, host: '127.0.0.1' }, { port: 80, host: '192.0.2.1' }, { path: '\\0${name}' }]
        for (const to of tries) net.connect(to).on('connect', () => console.log('reached', JSON.stringify(to))).on('error', (e) => console.log('refused', e.code))`
      const { lines } = await rig.run(
        `/opt/node -e '${script.replaceAll("'", '"')}'; grep -c : /proc/net/dev`,
        {
          readOnly: { [process.execPath]: '/opt/node' },
        },
      )
      expect(lines.filter((line) => line.startsWith('reached'))).to.deep.equal([])
      expect(lines.filter((line) => line.startsWith('refused')).length).to.equal(3)
      expect(lines.at(-1), 'only its own loopback').to.equal('1')
    } finally {
      tcp.close()
      abstract.close()
    }
  })

  it('starts in its home, or where its title says', async () => {
    expect((await rig.run('pwd')).lines).to.deep.equal(['/home/player'])
    const { lines } = await rig.run('pwd', {
      readOnly: { '/usr/share': '/opt/title' },
      workFolder: insideWorkFolder('.') ?? '',
    })
    expect(lines).to.deep.equal(['/opt/title'])
  })

  it('fills its /tmp and no more than that', async () => {
    const { lines } = await rig.run(
      'dd if=/dev/zero of=/tmp/fill bs=1M count=64 2>/dev/null; stat -c %s /tmp/fill',
    )
    expect(Number(lines.at(-1))).to.be.greaterThan(0)
    expect(Number(lines.at(-1))).to.be.at.most(roomy.tmpBytes)
  })

  it('reports how it ended', async () => {
    expect((await rig.run('exit 3')).exit).to.deep.equal({ kind: 'exited', code: 3 })
    expect((await rig.run('kill -SEGV $$')).exit).to.deep.equal({ kind: 'signalled', signal: 'SIGSEGV' })
    expect((await rig.run('echo last words >&2; exit 1')).lines).to.deep.equal(['last words'])
    expect(exitReason(137, null, true)).to.deep.equal({ kind: 'outOfMemory' })
    expect(exitReason(0, null, true)).to.deep.equal({ kind: 'exited', code: 0 })
  })

  it('passes pipes on when asked', async () => {
    const game = await rig.start('read line <&3; echo "heard $line" >&4', { extraFds: 2 })
    const [to, from] = game.pipes
    if (to === undefined || !('write' in to) || from === undefined || !('read' in from))
      throw new Error('no pipes')
    const heard = new Promise<string>((resolve) => from.on('data', (data: Buffer) => resolve(String(data))))
    to.write('hello\n')
    expect(await heard).to.equal('heard hello\n')
    await game.exited
  })

  it('leaves no process behind when it is closed, whatever it forked', async () => {
    const game = await rig.start(
      'for i in 1 2 3; do (setsid sh -c "trap : TERM HUP; sleep 700" &) ; done; echo up; sleep 700',
    )
    await until('the game is up', () => game.log().includes('up'))
    await until('its children are up', () => processesWith('sleep\u0000700').length > 2)
    await game[Symbol.asyncDispose]()
    expect(processesWith('sleep\u0000700')).to.deep.equal([])
    expect((await game.exited).kind).to.equal('signalled')
  })

  it('stops when frozen and goes on when thawed', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo $i >~/count.new; mv ~/count.new ~/count; done'
    const countOf = async ({ spec }: Rig): Promise<number> =>
      Number(await readFile(join(spec.homeDir, 'count'), 'utf8').catch(() => '0'))
    const count = () => countOf(rig)
    const game = await rig.start(script)
    await until('it counts', async () => (await count()) > 5)
    await game.freeze()
    await game.freeze()
    const frozen = await count()
    const neighbour = await openRig('b')
    try {
      await neighbour.start(script)
      await until('its neighbour counts', async () => (await countOf(neighbour)) > 20)
    } finally {
      await neighbour[Symbol.asyncDispose]()
    }
    expect(await count()).to.equal(frozen)
    await game.thaw()
    await until('it counts again', async () => (await count()) > frozen + 5)
    await game.freeze()
    await game[Symbol.asyncDispose]()
  })

  it('is bounded by rlimits where no cgroup can be had', () => {
    const plan = (controls: boolean) =>
      gamePlan(rig.spec, { uid: null, userNamespacesWork: true, cgroup: { controls: () => controls } }).limits
    expect(plan(false)).to.include({ maxProcesses: roomy.maxProcesses + 32, dataBytes: roomy.memoryBytes })
    expect(plan(true)).to.include({ maxProcesses: null, dataBytes: null })
  })

  describe('with cgroups', () => {
    before(async function () {
      const probe = await createCgroup('test-probe', roomy)
      const works = probe.controls('pids') && probe.controls('memory')
      await probe.remove()
      if (!works) this.skip()
    })

    it('cannot take more processes than it has', async () => {
      const before = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length
      const game = await rig.start('bomb() { bomb | bomb & }; bomb; echo lit; sleep 600', {
        limits: { ...roomy, maxProcesses: 40 },
      })
      await until('the bomb has hit its limit', () => game.log().some((line) => /fork/i.test(line)))
      const during = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length
      expect(during - before).to.be.lessThan(80)
      await game[Symbol.asyncDispose]()
    })

    it('cannot take more memory than it has, and says so', async () => {
      const { exit } = await rig.run('exec awk \'BEGIN { s = "xxxxxxxx"; while (1) s = s s }\'', {
        limits: { ...roomy, memoryBytes: 48 * mebibyte },
      })
      expect(exit).to.deep.equal({ kind: 'outOfMemory' })
    })

    it('counts files in /tmp as memory of the game', async () => {
      const game = await rig.start(
        'dd if=/dev/zero of=/tmp/fill bs=1M count=12 2>/dev/null; echo full; sleep 600',
      )
      await until('it has filled', () => game.log().includes('full'))
      const usage = await game.usage()
      expect(usage?.memoryBytes).to.be.greaterThan(10 * mebibyte)
      expect(usage?.cpuSeconds).to.be.greaterThan(0)
    })
  })
})
