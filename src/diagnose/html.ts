/** What an HTML page is that came instead of data. */
import type { Observed } from './observer.ts'

/** Products that respond instead of the server, by words in their headers or pages. */
const PROXIES =
  /squid|zscaler|blue ?coat|forcepoint|websense|netskope|fortinet|fortigate|palo ?alto|check ?point|sophos|barracuda|mcafee web gateway|cisco umbrella|proxy|firewall/i
const LOGIN = /type\s*=\s*["']?password|<title>[^<]{0,80}\b(log ?in|sign ?in|log ?on)\b/i
const HTML = /^\s*(<!doctype html|<html\b)/i
const PROXY_HEADERS = ['x-squid-error', 'proxy-authenticate', 'proxy-connection']

/** Undefined for what is not HTML. */
export function pageKind({ headers, text }: Observed): 'proxy' | 'login' | 'other' | undefined {
  const type = headers?.get('content-type') ?? ''
  if (!/^text\/html\b/i.test(type) && !HTML.test(text.slice(0, 200))) return undefined
  const title = /<title>([^<]{0,200})/i.exec(text)?.[1] ?? ''
  const marks = `${headers?.get('server') ?? ''} ${headers?.get('via') ?? ''} ${title}`
  const isProxy =
    PROXY_HEADERS.some((name) => headers?.has(name) === true) || PROXIES.test(marks.slice(0, 1000))
  if (isProxy) return 'proxy'
  return LOGIN.test(text) ? 'login' : 'other'
}
