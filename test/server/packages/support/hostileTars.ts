import { gzipSync } from 'node:zlib'
import { packageChunkBytes } from '../../../../config/protocol/package.ts'
import { manifest, paxRecord, rawTar, tarBlock, tarEnd, tarOf } from './archives.ts'
import { file, flipped, noise, type Hostile } from './hostile.ts'

const cut = async (): Promise<Buffer> => (await tarOf([{ name: 'game', data: noise }])).subarray(0, 2048)

export const tars: readonly Hostile[] = [
  ['a path upwards', () => tarOf([{ name: '../../etc/cron.d/x', data: file }]), 'leads out of the package'],
  [
    'a path that goes in and out',
    () => tarOf([{ name: 'a/../../x', data: file }]),
    'leads out of the package',
  ],
  ['an absolute path', () => rawTar({ name: '/etc/passwd', data: file }), 'is an absolute path'],
  ['a path of Windows', () => tarOf([{ name: 'bin\\..\\..\\x', data: file }]), 'has a backslash'],
  ['a drive', () => tarOf([{ name: 'C:/x', data: file }]), 'drive letter'],
  ['a folder upwards', () => tarOf([{ name: '../x/', type: 'directory' }]), 'leads out of the package'],
  [
    'a link upwards',
    () => tarOf([{ name: 'a/b', type: 'symlink', linkname: '../../etc/shadow' }]),
    'links out of the package',
  ],
  [
    'an absolute link',
    () => tarOf([{ name: 'b', type: 'symlink', linkname: '/etc/shadow' }]),
    'links to an absolute path',
  ],
  [
    'a file through a link',
    () =>
      tarOf([
        { name: 'a', type: 'symlink', linkname: 'b' },
        { name: 'a/x', data: file },
      ]),
    'a file and a folder',
  ],
  [
    'a link that leads out through another one',
    () =>
      tarOf([
        { name: 'd/e/f', data: file },
        { name: 'd/up', type: 'symlink', linkname: 'e' },
        { name: 'd/out', type: 'symlink', linkname: 'up/../../../x' },
      ]),
    'not plain',
  ],
  [
    'a ring of links',
    () =>
      tarOf([
        { name: 'a', type: 'symlink', linkname: 'b' },
        { name: 'b', type: 'symlink', linkname: 'a' },
      ]),
    'a ring',
  ],
  [
    'a link to nothing',
    () => tarOf([{ name: 'a', type: 'symlink', linkname: 'nowhere' }]),
    'what is not there',
  ],
  [
    'a hard link out',
    () => tarOf([{ name: 'a', type: 'link', linkname: '../../etc/shadow' }]),
    'is a hard link to ../../etc/shadow',
  ],
  [
    'a hard link to an absolute path',
    () => tarOf([{ name: 'a', type: 'link', linkname: '/etc/shadow' }]),
    'is a hard link to /etc/shadow',
  ],
  [
    'a hard link to a link',
    () =>
      tarOf([
        { name: 'a', type: 'symlink', linkname: manifest.name },
        { name: 'b', type: 'link', linkname: 'a' },
      ]),
    'is a hard link to a',
  ],
  [
    'a character device',
    () => tarOf([{ name: 'dev/mem', type: 'character-device', devmajor: 1, devminor: 1 }]),
    'is a device file',
  ],
  [
    'a block device',
    () => tarOf([{ name: 'dev/sda', type: 'block-device', devmajor: 8 }]),
    'is a device file',
  ],
  ['a pipe', () => tarOf([{ name: 'pipe', type: 'fifo' }]), 'is a pipe'],
  ['a kind that nobody knows', () => rawTar({ name: 'odd', type: 'Z' }), 'of a kind'],
  [
    'names that differ in case',
    () =>
      tarOf([
        { name: 'Data/a', data: file },
        { name: 'data/b', data: file },
      ]),
    'differ in case',
  ],
  [
    'names that differ in how accents are written',
    () =>
      tarOf([
        { name: 'caf\u00e9', data: file },
        { name: 'cafe\u0301', data: file },
      ]),
    'differ in case',
  ],
  [
    'a name twice',
    () =>
      tarOf([
        { name: 'game', data: file },
        { name: './game', data: 'other' },
      ]),
    'game is there twice',
  ],
  ['the manifest twice', () => tarOf([{ name: manifest.name, data: '{"id":"other"}' }]), 'is there twice'],
  [
    'a file that is a folder',
    () =>
      tarOf([
        { name: 'game', data: file },
        { name: 'game/', type: 'directory' },
      ]),
    'a file and a folder',
  ],
  [
    'a folder that is a file',
    () =>
      tarOf([
        { name: 'game/', type: 'directory' },
        { name: 'game', data: file },
      ]),
    'a file and a folder',
  ],
  ['a sparse file of old', () => rawTar({ name: 'holes', type: 'S', data: file }), 'of a kind'],
  [
    'a sparse file of today',
    () =>
      rawTar(
        { name: 'pax', type: 'x', data: Buffer.from(paxRecord('GNU.sparse.major', '1')) },
        { name: 'holes', data: file },
      ),
    'is a sparse file',
  ],
  [
    'a path in a pax header',
    () =>
      rawTar(
        { name: 'pax', type: 'x', data: Buffer.from(paxRecord('path', '../../out')) },
        { name: 'harmless', data: file },
      ),
    'leads out of the package',
  ],
  [
    'a NUL in a pax header',
    () =>
      rawTar(
        { name: 'pax', type: 'x', data: Buffer.from(paxRecord('path', 'game\0.txt')) },
        { name: 'harmless', data: file },
      ),
    'has a NUL',
  ],
  [
    'a link in a pax header',
    () =>
      rawTar(
        { name: 'pax', type: 'x', data: Buffer.from(paxRecord('linkpath', '../../out')) },
        { name: 'b', type: '2', link: manifest.name },
      ),
    'links out of the package',
  ],
  [
    'a path in a header of GNU',
    () =>
      rawTar(
        { name: '././@LongLink', type: 'L', data: Buffer.from('../../out\0') },
        { name: 'harmless', data: file },
      ),
    'leads out of the package',
  ],
  [
    'a name that is not UTF-8',
    () => rawTar({ name: Buffer.from([0x67, 0xff, 0xfe]), data: file }),
    'is not UTF-8',
  ],
  ['a line break in a name', () => tarOf([{ name: 'a\nb', data: file }]), 'control character'],
  ['a name that is too long', () => tarOf([{ name: 'x'.repeat(300), data: file }]), '255 bytes'],
  ['a path that is too long', () => tarOf([{ name: `${'a/'.repeat(600)}b`, data: file }]), '1024'],
  ['folders in folders', () => tarOf([{ name: `${'a/'.repeat(100)}b`, data: file }]), 'folders deep'],
  [
    'a folder with content',
    () => rawTar({ name: 'folder/', type: '5', data: tarBlock({ name: 'hidden' }) }),
    'is no file and has content',
  ],
  [
    'a header that is longer than what there is',
    () => rawTar({ name: 'game', size: '00077777777', data: file }),
    'end',
  ],
  ['a size that is none', () => rawTar({ name: 'game', size: '0000000zzzz', data: file }), 'damaged'],
  [
    'a checksum that is wrong',
    async () => flipped(await tarOf([{ name: 'game', data: file }]), 1024 + 5),
    'damaged',
  ],
  ['an end that is missing', async () => cut(), 'cut off'],
  ['an end alone', () => tarEnd, 'nearcade.title.json is not there'],
  ['no tar at all', () => Buffer.concat([noise, tarEnd]), 'damaged'],
]

export const packed: readonly Hostile[] = [
  [
    'a stream that was cut off',
    async () => gzipSync(await tarOf([{ name: 'game', data: noise }])).subarray(0, -20),
    'damaged',
  ],
  [
    'a stream that was changed',
    async () => flipped(gzipSync(await tarOf([{ name: 'game', data: noise }]), { level: 0 }), 1700),
    'damaged',
  ],
  ['no gzip at all', () => noise, 'damaged'],
  [
    'a bomb',
    async () => gzipSync(await tarOf([{ name: 'zeros', data: Buffer.alloc(80 * packageChunkBytes) }])),
    'more than 200 times its size',
  ],
  [
    'a bomb of nothing but headers',
    () => gzipSync(Buffer.alloc(80 * packageChunkBytes)),
    'more than 200 times its size',
  ],
  [
    'an escape',
    async () => gzipSync(await tarOf([{ name: '../x', data: file }])),
    'leads out of the package',
  ],
]
