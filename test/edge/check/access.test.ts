import { expect } from 'chai'
import { createAccessNotes, placeOfWrite, wordsOfAddress, wordsOfUrl } from '../../../edge/check/access.ts'
import type { SeenCall } from '../../../edge/sandbox/callWatch.ts'

const write = (path: string, rest: Partial<SeenCall> = {}): SeenCall => ({
  ...{ name: 'openat', path, address: null, makes: true, exists: false },
  ...rest,
})

describe('what a title tries', () => {
  it('is its own to write, not its own, or lost', () => {
    const whereTo = (call: SeenCall) => placeOfWrite(call, '/opt/title')
    for (const path of ['/home/player/save', '/tmp/x', '/dev/null', '/proc/self/oom_score_adj'])
      expect(whereTo(write(path)), path).equals(null)
    for (const path of ['/etc/passwd', '/usr/games/x', '/home/other/x', '/home/player2/x', '/root/x'])
      expect(whereTo(write(path)), path).equals('forbidden')
    for (const path of ['/opt/title/save', '/var/games/scores', '/srv/x'])
      expect(whereTo(write(path)), path).equals('lost')
    // A library looks for a device, for a cache of fonts, and for the folders of a path.
    expect(whereTo(write('/usr/lib/none', { makes: false }))).equals(null)
    expect(whereTo(write('/var/cache/fontconfig/x'))).equals(null)
    expect(whereTo(write('/etc', { name: 'mkdir', exists: true }))).equals(null)
    expect(whereTo(write('/etc/hosts', { makes: false, exists: true }))).equals('forbidden')
  })

  it('is to reach somebody, in words', () => {
    const v4 = (bytes: readonly number[], port: number) =>
      wordsOfAddress(Buffer.from([2, 0, port >> 8, port & 255, ...bytes, 0, 0, 0, 0, 0, 0, 0, 0]))
    const v6 = (hex: string, port: number) =>
      wordsOfAddress(
        Buffer.concat([Buffer.from([10, 0, port >> 8, port & 255, 0, 0, 0, 0]), Buffer.from(hex, 'hex')]),
      )
    expect(v4([192, 0, 2, 1], 80)).equals('192.0.2.1:80')
    expect(v4([127, 0, 0, 1], 8080)).equals(null)
    expect(v4([127, 0, 0, 1], 53)).to.include('name')
    expect(v6('20010db8000000000000000000000001', 443)).equals('[2001:db8:0:0:0:0:0:1]:443')
    expect(v6('00000000000000000000ffffc0000201', 443)).equals('192.0.2.1:443')
    expect(v6('00000000000000000000000000000001', 443)).equals(null)
    expect(wordsOfAddress(Buffer.from([1, 0, 47, 118, 97, 114, 0, 0]))).equals(null)
    expect(wordsOfUrl('wss://scores.example:8443/x?y')).equals('scores.example:8443')
    for (const url of ['file:///opt/title/index.html', 'data:text/html,x', 'blob:null/1'])
      expect(wordsOfUrl(url)).equals(null)
  })

  it('is noted once, and bounded', () => {
    const notes = createAccessNotes('requests', '/opt/title')
    for (let each = 0; each < 100; each += 1) notes.request(`https://host${each % 20}.example/${each}`)
    expect(notes.found().reached).to.have.length(16)
  })
})
