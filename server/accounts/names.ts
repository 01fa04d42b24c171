/** Of the library's cookies. */
export const cookiePrefix = 'nearcade'
/** The door behind which the library is tells it with this header where a request is from. */
export const addressHeader = 'x-nearcade-address'
