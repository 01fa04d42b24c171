import type { TitleCard } from '../../config/protocol/title.ts'

export interface Availability {
  readonly kind: 'free' | 'busy' | 'none'
  readonly text: string
}

export function availabilityOf(title: Pick<TitleCard, 'available' | 'seatsFree'>): Availability {
  if (!title.available) return { kind: 'none', text: 'No node online' }
  if (title.seatsFree <= 0) return { kind: 'busy', text: 'All seats taken' }
  return { kind: 'free', text: title.seatsFree === 1 ? '1 seat free' : `${title.seatsFree} seats free` }
}

/** Every word of the query somewhere in what the card says, in any order. */
export function matches(title: TitleCard, query: string): boolean {
  const text = `${title.name} ${title.tagline} ${title.genre} ${title.description}`.toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
