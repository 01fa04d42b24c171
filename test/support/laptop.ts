import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A machine of its own on this one: a network namespace with two networks, of which any may be plugged in. */
export interface Laptop {
  /** Starts Chromium inside: Playwright's `executablePath`. */
  readonly chromium: string
  /** Address of this machine that both of its networks reach. */
  readonly host: string
  plug(network: 0 | 1): void
  unplug(network: 0 | 1): void
  /** An address that only this laptop knows, such as the public one of a NAT between it and this machine. */
  own(address: string): void
  start(program: string, ...args: readonly string[]): ChildProcess
  close(): void
}

const ip = (...args: readonly string[]): void =>
  void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Whether this machine lets us make network namespaces. */
export function canHaveLaptop(): boolean {
  const name = `nct${process.pid}try`
  try {
    ip('netns', 'add', name)
    ip('netns', 'del', name)
    return process.getuid?.() === 0
  } catch {
    return false
  }
}

/** @param nth so that several do not share addresses */
export function openLaptop(nth: number): Laptop {
  const name = `nct${process.pid}n${nth}`
  const folder = mkdtempSync(path.join(tmpdir(), 'nct-laptop-'))
  const chromium = path.join(folder, 'chromium')
  const host = `10.77.${nth}.1`
  const link = (network: 0 | 1): string => `nct${nth}${network}${process.pid % 100_000}`
  const inside = (...args: readonly string[]): void => ip('-n', name, ...args)
  writeFileSync(chromium, `#!/bin/sh\nexec ip netns exec ${name} /usr/bin/chromium "$@"\n`)
  chmodSync(chromium, 0o755)
  ip('netns', 'add', name)
  ip('addr', 'add', `${host}/32`, 'dev', 'lo')
  inside('link', 'set', 'lo', 'up')
  for (const network of [0, 1] as const) {
    const address = (last: number): string => `10.77.${nth}.${16 * (network + 1) + last}/28`
    ip('link', 'add', link(network), 'type', 'veth', 'peer', 'name', `net${network}`, 'netns', name)
    ip('addr', 'add', address(1), 'dev', link(network))
    ip('link', 'set', link(network), 'up')
    inside('addr', 'add', address(2), 'dev', `net${network}`)
  }
  return {
    chromium,
    host,
    plug(network) {
      inside('link', 'set', `net${network}`, 'up')
      inside('route', 'replace', 'default', 'via', `10.77.${nth}.${16 * (network + 1) + 1}`)
    },
    unplug: (network) => inside('link', 'set', `net${network}`, 'down'),
    own(address) {
      inside('addr', 'add', `${address}/32`, 'dev', 'lo')
      // Whoever on this machine tries that address finds the laptop, not the world.
      ip('route', 'add', address, 'via', `10.77.${nth}.18`)
    },
    start: (program, ...args) =>
      spawn('ip', ['netns', 'exec', name, program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
    close() {
      for (const network of [0, 1] as const) ip('link', 'del', link(network))
      ip('netns', 'del', name)
      ip('addr', 'del', `${host}/32`, 'dev', 'lo')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
