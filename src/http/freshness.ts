/** How long an answer may be reused by its `Cache-Control`: 0 for never, undefined where it does not say. Unit: milliseconds. */
export function freshForMs(headers: Headers): number | undefined {
  const control = headers.get('cache-control') ?? ''
  if (/\b(no-store|no-cache)\b/i.test(control)) return 0
  const maxAge = /\bmax-age\s*=\s*"?(\d{1,9})/i.exec(control)?.[1]
  return maxAge === undefined ? undefined : Number(maxAge) * 1000
}
