import { aboutText, sizeText } from '../../ui/format.ts'
import type { UploadState } from './upload.ts'

export interface UploadWords {
  /** What is done now. */
  readonly doing: string
  /** Done of it, 0 to 1; null: nobody knows how long it takes. */
  readonly part: number | null
  readonly figures: string
  readonly note: string
  /** For those who only hear the page: each stage and each quarter; null: nothing new. */
  readonly announce: string | null
}

export function uploadWords(state: UploadState): UploadWords {
  switch (state.kind) {
    case 'hashing': {
      const { doneBytes, totalBytes, files } = state
      return {
        doing: `Reading ${files === 1 ? 'it' : `${files} files`} to see what is new`,
        part: totalBytes === 0 ? 1 : doneBytes / totalBytes,
        figures: `${sizeText(doneBytes)} of ${sizeText(totalBytes)}`,
        note: '',
        announce: 'Reading the files.',
      }
    }
    case 'sending':
      return sendingWords(state)
    case 'unpacking':
      return {
        doing: 'Unpacking and looking through it',
        part: null,
        figures: state.unpackedBytes === 0 ? '' : `${sizeText(state.unpackedBytes)} so far`,
        note: '',
        announce: 'Unpacking.',
      }
    case 'publishing':
      return {
        doing: 'Reading its manifest',
        part: null,
        figures: '',
        note: '',
        announce: 'Reading its manifest.',
      }
    case 'done':
      return still(`${state.version.manifest.name} ${state.version.version} is here.`)
    case 'failed':
      return still(null)
    case 'stopped':
      return still('Stopped. What has come is kept for a while.')
  }
}

const still = (announce: string | null): UploadWords => ({
  doing: '',
  part: null,
  figures: '',
  note: '',
  announce,
})

function sendingWords({
  doneBytes,
  totalBytes,
  thereBytes,
  bytesPerSecond,
  isPaused,
  trouble,
}: Extract<UploadState, { kind: 'sending' }>): UploadWords {
  if (totalBytes === 0)
    return {
      doing: 'Comparing with what is there',
      part: null,
      figures: '',
      note: '',
      announce: 'Comparing.',
    }
  const left = totalBytes - doneBytes
  const pace =
    bytesPerSecond === null || bytesPerSecond <= 0 || isPaused || trouble !== null
      ? []
      : [`${sizeText(bytesPerSecond)}/s`, `${aboutText((left / bytesPerSecond) * 1000)} left`]
  const quarter = Math.floor((doneBytes / totalBytes) * 4) * 25
  return {
    doing: isPaused
      ? 'Paused'
      : trouble !== null
        ? `${trouble.what} It goes on by itself.`
        : 'Sending what is new',
    part: doneBytes / totalBytes,
    figures: [`${sizeText(doneBytes)} of ${sizeText(totalBytes)}`, ...pace].join(' · '),
    note: thereBytes === 0 ? '' : `${sizeText(thereBytes)} of it were there already.`,
    announce: isPaused ? 'Paused.' : trouble !== null ? trouble.what : `${quarter} percent are there.`,
  }
}
