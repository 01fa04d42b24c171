import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** coturn with a shared secret, on UDP, TCP and TLS with a certificate of its own making. */
export interface Coturn extends AsyncDisposable {
  readonly urls: { readonly udp: string; readonly tcp: string; readonly tls: string }
  readonly secret: string
  log(): string
}

const readyWithinMs = 10_000

/** @param ports plain and TLS */
export async function startCoturn(address: string, ports: readonly [number, number]): Promise<Coturn> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nct-coturn-'))
  const file = (name: string): string => path.join(folder, name)
  const secret = `secret-${process.pid}`
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${address}`, '-addext', `subjectAltName=IP:${address}`],
      ...['-keyout', file('key.pem'), '-out', file('cert.pem')],
    ],
    { stdio: 'ignore' },
  )
  const lines: string[] = []
  const child = spawn(
    'turnserver',
    [
      ...['-n', '--no-cli', '--no-dtls', '--no-multicast-peers', '--allow-loopback-peers', '--fingerprint'],
      ...['--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=nearcade.test'],
      ...[`--listening-ip=${address}`, `--listening-port=${ports[0]}`, `--tls-listening-port=${ports[1]}`],
      ...[`--relay-ip=${address}`, '--min-port=47400', '--max-port=47499'],
      ...[`--cert=${file('cert.pem')}`, `--pkey=${file('key.pem')}`],
      ...[`--userdb=${file('db')}`, `--pidfile=${file('pid')}`, '--log-file=stdout', '--verbose'],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const exited = once(child, 'exit')
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
  const deadline = performance.now() + readyWithinMs
  while (!(await answers(address, ports[1]))) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await close()
      throw new Error(`coturn did not start:\n${lines.join('')}`)
    }
    await sleep(20)
  }
  return {
    urls: {
      udp: `turn:${address}:${ports[0]}?transport=udp`,
      tcp: `turn:${address}:${ports[0]}?transport=tcp`,
      tls: `turns:${address}:${ports[1]}?transport=tcp`,
    },
    secret,
    log: () => lines.join(''),
    [Symbol.asyncDispose]: close,
  }
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port })
  const opened = await Promise.race([
    once(socket, 'connect').then(
      () => true,
      () => false,
    ),
    once(socket, 'error').then(() => false),
  ])
  socket.destroy()
  return opened
}
