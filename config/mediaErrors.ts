/** What can be wrong with pictures and trailers of a title, for `errorCatalogue`. */
export const mediaErrors = {
  'media-broken': {
    status: 422,
    what: 'This file cannot be read to its end.',
    next: 'Save it again in the program that made it, look at it there, then bring it again.',
  },
  'media-dimensions': {
    status: 422,
    what: 'This picture is too large or too small to be shown.',
    next: 'Bring one of 64 to 8192 pixels on either side and of at most 40 megapixels.',
  },
  'media-not-found': {
    status: 404,
    what: 'This title has no such picture or trailer any more.',
    next: 'Reload the page, or bring the file again.',
  },
  'media-too-large': {
    status: 413,
    what: 'This file has more bytes than may be.',
    next: 'Keep pictures under 10 MiB and trailers under 128 MiB.',
  },
  'media-too-long': {
    status: 422,
    what: 'This trailer is longer than a minute.',
    next: 'Cut it to 60 seconds, then bring it again.',
  },
  'media-too-slow': {
    status: 422,
    what: 'Reading this file took more time or memory than may be.',
    next: 'Bring a smaller one: pictures of 1920 × 1080, trailers of 1280 × 720 at 30 frames a second are enough.',
  },
  'media-type': {
    status: 422,
    what: 'This file is none of those that can be shown here.',
    next: 'Bring pictures as JPEG, PNG or WebP, and trailers as MP4 (H.264) or WebM.',
  },
  'media-unavailable': {
    status: 503,
    what: 'This network makes no thumbnails and trailers now.',
    next: 'Whoever runs it must install ffmpeg beside the router (apt-get install ffmpeg); what you have brought waits until then.',
  },
  'too-many-media': {
    status: 409,
    what: 'This title has as many screenshots as one may have.',
    next: 'Remove one of them first.',
  },
} as const
