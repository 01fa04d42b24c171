import { packageChunkBytes } from '../../../../config/protocol/package.ts'
import { rawZip } from './archives.ts'
import { randomBytesOf } from './builds.ts'
import { file, noise, type Hostile } from './hostile.ts'

export const zips: readonly Hostile[] = [
  ['a path upwards', () => rawZip([{ name: '../../etc/cron.d/x', data: file }]), 'leads out of the package'],
  ['an absolute path', () => rawZip([{ name: '/etc/passwd', data: file }]), 'is an absolute path'],
  ['a path of Windows', () => rawZip([{ name: '..\\x', data: file }]), 'has a backslash'],
  ['a drive', () => rawZip([{ name: 'C:x', data: file }]), 'drive letter'],
  ['a NUL in a name', () => rawZip([{ name: 'game\0.txt', data: file }]), 'has a NUL'],
  [
    'a name that is not UTF-8',
    () => rawZip([{ name: Buffer.from([0x67, 0xff]), data: file }]),
    'is not UTF-8',
  ],
  [
    'a name twice',
    () =>
      rawZip([
        { name: 'game', data: file },
        { name: 'game', data: noise },
      ]),
    'game is there twice',
  ],
  [
    'names that differ in case',
    () =>
      rawZip([
        { name: 'Game', data: file },
        { name: 'game', data: file },
      ]),
    'differ in case',
  ],
  [
    'a file that is a folder',
    () =>
      rawZip([
        { name: 'game', data: file },
        { name: 'game/x', data: file },
      ]),
    'a file and a folder',
  ],
  [
    'a link upwards',
    () => rawZip([{ name: 'out', data: Buffer.from('../../etc/shadow'), mode: 0o120777 }]),
    'links out of the package',
  ],
  [
    'a link that is no text',
    () => rawZip([{ name: 'out', data: Buffer.from([0xff, 0xfe]), mode: 0o120777 }]),
    'not UTF-8',
  ],
  [
    'a link of a megabyte',
    () => rawZip([{ name: 'out', data: randomBytesOf(3, packageChunkBytes), mode: 0o120777 }]),
    'too long',
  ],
  ['a device', () => rawZip([{ name: 'mem', mode: 0o020666 }]), 'is a device'],
  ['a socket', () => rawZip([{ name: 'sock', mode: 0o140666 }]), 'is a device, a pipe or a socket'],
  [
    'a folder with content',
    () => rawZip([{ name: 'folder/', data: file, mode: 0o040755 }]),
    'is a folder and has content',
  ],
  ['an encrypted file', () => rawZip([{ name: 'secret', data: file, flags: 1 }]), 'is encrypted'],
  ['another packing', () => rawZip([{ name: 'game', data: file, method: 12 }]), 'method 12'],
  ['a checksum that is wrong', () => rawZip([{ name: 'game', data: file, crc: 1 }]), 'checksum'],
  [
    'two names for one entry',
    () => rawZip([{ name: 'harmless', localName: 'other123', data: file }]),
    'is called something else',
  ],
  [
    'two sizes for one entry',
    () => rawZip([{ name: 'game', data: file, localUnpackedBytes: 1 }]),
    'is called something else',
  ],
  ['a size that is too small', () => rawZip([{ name: 'game', data: noise, unpackedBytes: 10 }]), 'damaged'],
  ['a size that is too large', () => rawZip([{ name: 'game', data: noise, unpackedBytes: 4000 }]), 'damaged'],
  [
    'entries that share bytes',
    () =>
      rawZip([
        { name: 'kernel', data: noise },
        { name: 'kernel', isShared: true, data: noise },
      ]),
    'shares bytes',
  ],
  ['an entry where none is', () => rawZip([{ name: 'game', data: noise, at: 7 }]), 'damaged'],
  ['more entries than there are', () => rawZip([{ name: 'game', data: file }], 9), 'damaged'],
  [
    'more entries than there may be',
    () =>
      rawZip(
        Array.from({ length: 10 }, (_, at) => ({ name: `f${at}` })),
        65_000,
      ),
    'damaged',
  ],
  [
    'a bomb',
    () => rawZip([{ name: 'zeros', data: Buffer.alloc(80 * packageChunkBytes) }]),
    'more than 200 times its size',
  ],
  [
    'a bomb of many',
    () =>
      rawZip(
        Array.from({ length: 40 }, (_, at) => ({
          name: `zeros-${at}`,
          data: Buffer.alloc(2 * packageChunkBytes),
        })),
      ),
    'more than 200 times its size',
  ],
  [
    'more than there is room for',
    () => rawZip([{ name: 'game', data: file, unpackedBytes: 0xfffffff0 }]),
    'unpacks to more than',
  ],
  ['a zip that was cut off', () => rawZip([{ name: 'game', data: noise }]).subarray(0, -10), 'damaged'],
  ['no zip at all', () => noise, 'damaged'],
]
