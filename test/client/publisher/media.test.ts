import { expect } from 'chai'
import { errorCatalogue } from '../../../config/errors.ts'
import type { MediaItem, MediaState } from '../../../config/protocol/media.ts'
import { listed, moved, placeWords, stateWords } from '../../../client/publisher/media/mediaWords.ts'

const done: MediaState = { kind: 'done', media: {} }
const refused: MediaState = {
  kind: 'refused',
  error: { ...errorCatalogue['media-broken'], code: 'media-broken' },
}
const item = (id: string, version: string | null, state: MediaState = done): MediaItem => ({
  ...{ id, kind: 'cover', version, name: id, alt: '', bytes: 1, createdAtMs: 1, state },
})
const [own, built] = [item('own', null), item('built', '1.0.0')]

describe('the words of what a title shows', () => {
  it('list what the console brought, else what the build brings, and say which of them players see', () => {
    expect(listed('cover', [own, built])).to.deep.equal([own])
    expect(listed('cover', [built])).to.deep.equal([built])
    expect(listed('trailer', [own, built])).to.deep.equal([])
    expect(placeWords('cover', [built])).to.equal(null)
    expect(placeWords('cover', [own, built])).to.match(/^Players see yours/)
    expect(placeWords('cover', [item('own', null, { kind: 'working' }), built])).to.match(/^Until yours/)
    expect(placeWords('cover', [item('own', null, refused), built])).to.match(/^Yours cannot be shown/)
  })

  it('tell how far each is, and how long a film is', () => {
    const trailer = { alt: '', url: '', widthPx: 1280, heightPx: 720, seconds: 42.4, poster: null }
    const words = [
      { kind: 'waiting', before: 0 },
      { kind: 'waiting', before: 2 },
      { kind: 'working' },
      { kind: 'done', media: { trailer } },
      refused,
    ] as const
    expect(words.map((state) => stateWords({ kind: 'trailer', state }))).to.deep.equal([
      'Waits for its turn',
      'Waits, 2 before it',
      'The film is being made',
      '0:42, 1280 × 720',
      'Cannot be shown',
    ])
  })

  it('move one a place, and nowhere beyond the ends', () => {
    expect(moved(['a', 'b', 'c'], 'b', -1)).to.deep.equal(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 'b', 1)).to.deep.equal(['a', 'c', 'b'])
    expect(moved(['a', 'b'], 'b', 1)).to.deep.equal(['a', 'b'])
    expect(moved(['a'], 'x', 1)).to.deep.equal(['a'])
  })
})
