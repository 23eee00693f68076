import { imfDate } from './http-date.ts'

/**
 * How long a response may be reused by its `Cache-Control`, or else its `Expires`: 0 for never,
 * undefined where it does not say. Unit: milliseconds. An `Expires` that is not an HTTP date is
 * ignored: the legacy directory writes `2018-08-20 17:16:24 -0500` on every response.
 */
export function freshForMs(headers: Headers, now: number): number | undefined {
  const control = headers.get('cache-control') ?? ''
  if (/\b(no-store|no-cache)\b/i.test(control)) return 0
  const maxAge = /\bmax-age\s*=\s*"?(\d{1,9})/i.exec(control)?.[1]
  if (maxAge !== undefined) return Number(maxAge) * 1000
  const expires = imfDate(headers.get('expires'))
  return expires === undefined ? undefined : Math.max(0, expires - (dateOf(headers) ?? now))
}

/** Whether the server permits caching at all, be it to revalidate by ETag. */
export function mayStore(headers: Headers): boolean {
  return !/\bno-store\b/i.test(headers.get('cache-control') ?? '')
}

/** When the server sent its response, by its own clock. */
export function dateOf(headers: Headers): number | undefined {
  return imfDate(headers.get('date'))
}

/** The response's ETag, if it can be sent back unchanged. */
export function etagOf(headers: Headers): string | undefined {
  const etag = headers.get('etag')?.trim()
  return etag !== undefined && /^(W\/)?"[\x21\x23-\x7e]{0,256}"$/.test(etag) ? etag : undefined
}
