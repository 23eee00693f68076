/** TLS and proxy settings of a Node transport, checked before any of them is used. */
import { Buffer } from 'node:buffer'
import { createHash, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureVersion } from 'node:tls'

import {
  isBytes,
  requireBoolean,
  requireFunction,
  requireOneOf,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { parseUrl } from '../http/policies/parse-url.ts'
import { ownOptions } from '../lib/own.ts'
import type { AddressLookup } from './lookup-guard.ts'

/** PEM text or DER bytes. */
export type PemOrDer = string | Uint8Array

/** How {@link nodeTransport} connects. No option disables the verification of servers. */
export interface NodeTransportOptions {
  /** Instead of Node's own certificate authorities: PEM or DER, one or several. */
  ca?: PemOrDer | readonly PemOrDer[] | undefined
  /** Your client certificate with its chain, PEM (or DER without a chain), leaf first; needs `key` and `origins`. */
  cert?: PemOrDer | undefined
  /** The private key of `cert`, PEM. */
  key?: PemOrDer | undefined
  /** Client certificate and key in one PKCS#12 file, instead of `cert` and `key`. */
  pfx?: Uint8Array | undefined
  /** Of `key` or `pfx`. */
  passphrase?: string | undefined
  /** The only origins that are offered the client certificate, for example `https://directory.example.org`. */
  origins?: readonly string[] | undefined
  /**
   * A proxy's URL, or `'env'` for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Default: none, whatever the
   * environment says.
   */
  proxy?: string | undefined
  /**
   * Hosts that are reached without the proxy: names with all below them, or `*`; overrides
   * NO_PROXY.
   */
  noProxy?: string | readonly string[] | undefined
  /**
   * Refuses to connect to hosts whose names resolve to private, loopback or link-local addresses
   * (`ERR_CQ_ORIGIN_REFUSED`), except those that `allowedPrivateHosts` names. Names behind a proxy
   * are resolved by the proxy, which must do the same. Default true.
   */
  lookupGuard?: boolean | undefined
  /** Instead of `dns.lookup`, for your own resolver; always called for all addresses. */
  lookup?: AddressLookup | undefined
  /** Default `TLSv1.2`. */
  minTlsVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
}

/** Options of undici's connectors. */
export interface TlsSettings {
  readonly minVersion: SecureVersion
  /** Explicit, because NODE_TLS_REJECT_UNAUTHORIZED would otherwise decide. */
  readonly rejectUnauthorized: true
  readonly ca?: string[] | undefined
}

/** The client certificate as undici's connectors take it. */
export interface ClientCertificate {
  readonly cert?: string | undefined
  readonly key?: string | Buffer | undefined
  readonly pfx?: Buffer | undefined
  readonly passphrase?: string | undefined
}

/** Checked options. */
export interface CheckedOptions {
  readonly tls: TlsSettings
  readonly client: ClientCertificate | undefined
  /** SHA-256 that identifies the client certificate. */
  readonly thumbprint: string | undefined
  readonly origins: ReadonlySet<string>
  readonly proxy: string | undefined
  readonly noProxy: string | undefined
  readonly lookupGuard: boolean
  readonly lookup: AddressLookup | undefined
}

/** Throws `TypeError` for anything that could not work. */
export function checkOptions(given: NodeTransportOptions): CheckedOptions {
  const options = ownOptions(given)
  const { ca, cert, key, pfx, passphrase } = options
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError('"cert" and "key" belong together')
  }
  if (cert !== undefined && pfx !== undefined) {
    throw new TypeError('"pfx" stands in place of "cert" and "key"')
  }
  if (passphrase !== undefined) requireText(passphrase, 'passphrase')
  requireBoolean(options.lookupGuard, 'lookupGuard')
  requireFunction(options.lookup, 'lookup')
  const tls: TlsSettings = {
    minVersion:
      requireOneOf(options.minTlsVersion, ['TLSv1.2', 'TLSv1.3'], 'minTlsVersion') ?? 'TLSv1.2',
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: [ca].flat().map((one) => certificatePem(one, 'ca')) }),
  }
  const client = clientOf(options)
  requireUsable(client)
  const origins = originsOf(options.origins, client !== undefined)
  return {
    tls,
    client,
    thumbprint: client && thumbprintOf(client),
    origins,
    proxy: proxyOf(options.proxy),
    noProxy: noProxyOf(options.noProxy),
    lookupGuard: options.lookupGuard ?? true,
    lookup: options.lookup,
  }
}

function clientOf(options: NodeTransportOptions): ClientCertificate | undefined {
  const { cert, key, pfx, passphrase } = options
  if (pfx !== undefined) {
    if (!isBytes(pfx)) throw new TypeError('"pfx" must be bytes')
    return { pfx: Buffer.from(pfx), passphrase }
  }
  if (cert === undefined || key === undefined) return undefined
  return { cert: certificatePem(cert, 'cert'), key: material(key, 'key'), passphrase }
}

function material(value: PemOrDer, option: string): string | Buffer {
  return isBytes(value) ? Buffer.from(value) : requireText(value, option)
}

/** TLS only accepts PEM, and silently skips what it cannot read. */
function certificatePem(value: PemOrDer, option: string): string {
  const given = material(value, option)
  try {
    const first = new X509Certificate(given)
    const isPem = given.includes('-----BEGIN ')
    return isPem ? given.toString() : first.toString()
  } catch {
    throw new TypeError(`"${option}" holds no certificate that can be read`)
  }
}

/** OpenSSL's messages about a key are not repeated. */
function requireUsable(client: ClientCertificate | undefined): void {
  try {
    createSecureContext({ ...client })
  } catch {
    const names = client?.pfx === undefined ? '"cert" and "key"' : '"pfx"'
    throw new TypeError(
      `${names} cannot be used: unreadable, not belonging together, or "passphrase" is wrong`,
    )
  }
}

/** Tokens may be bound to it ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705#section-3.1)), so caches must tell certificates apart. */
function thumbprintOf({ cert, pfx }: ClientCertificate): string {
  const named = cert === undefined ? (pfx ?? '') : new X509Certificate(cert).raw
  return createHash('sha256').update(named).digest('base64url')
}

function originsOf(value: readonly string[] | undefined, needed: boolean): ReadonlySet<string> {
  requireTexts(value, 'origins')
  if (needed === (value === undefined || value.length === 0)) {
    throw new TypeError(
      needed
        ? '"origins" must name who is offered the client certificate'
        : '"origins" needs a client certificate',
    )
  }
  return new Set(
    (value ?? []).map((text) => {
      const url = parseUrl(text)
      if (url?.protocol !== 'https:') {
        throw new TypeError(`"origins" must hold origins such as 'https://fhir.example.org'`)
      }
      return url.origin
    }),
  )
}

function proxyOf(value: string | undefined): string | undefined {
  if (value === undefined || value === 'env') return value
  const url = parseUrl(requireText(value, 'proxy'))
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError(`"proxy" must be 'env' or the http(s) URL of a proxy`)
  }
  return url.href
}

function noProxyOf(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  requireTexts(value, 'noProxy')
  return value.join(',')
}
