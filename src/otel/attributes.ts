import type { Attributes } from '@opentelemetry/api'
import { parseUrl } from '../http/policies/parse-url.ts'
import type { ActivityResult, RequestActivity } from '../watching.ts'

/** Host and port of an origin, as `server.address` and `server.port`. */
export function serverOf(origin: string | undefined): Attributes {
  const url = parseUrl(origin ?? '')
  if (url === undefined) return {}
  const { hostname, port, protocol } = url
  const usual = protocol === 'http:' ? 80 : 443
  return { 'server.address': hostname, 'server.port': port === '' ? usual : Number(port) }
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
