import type { Attributes } from '@opentelemetry/api'
import type { ActivityResult, RequestActivity } from '../instrumentation.ts'

/** As `URL.origin` writes it. */
const ORIGIN = /^(https?):\/\/(\[[\da-f:.]+\]|[^:/[\]]+)(?::(\d+))?$/

/** Host and port of an origin, as `server.address` and `server.port`. */
export function serverOf(origin: string | undefined): Attributes {
  const [, scheme, host, port] = ORIGIN.exec(origin ?? '') ?? []
  if (host === undefined) return {}
  const usual = scheme === 'http' ? 80 : 443
  return { 'server.address': host, 'server.port': port === undefined ? usual : Number(port) }
}

/** `url.template` is a path; some of our templates are words, such as "token endpoint". */
export function templateOf({ pathTemplate }: RequestActivity): Attributes {
  return /^\/\S*$/.test(pathTemplate) ? { 'url.template': pathTemplate } : {}
}

/** Status and error of a request; of 4xx and 5xx the status is the error ([semantic conventions, status](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status)). */
export function endOf({ status, errorType }: ActivityResult): Attributes {
  const known = status !== undefined && status >= 100 && status <= 599
  const refused = known && status >= 400 ? String(status) : undefined
  const error = errorType ?? refused
  return {
    ...(known ? { 'http.response.status_code': status } : {}),
    ...(error === undefined ? {} : { 'error.type': error }),
  }
}
