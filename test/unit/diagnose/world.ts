/** A network in which all is well, and ways to plant one fault in it. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { diagnose, type Diagnosis, type DiagnoseOptions } from '../../../src/diagnose/index.ts'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'
import type { FetchLike } from '../../../src/types.ts'
import { makeCertificate, type CertificateOptions } from '../../support/certificates.ts'

export const NOW: number = Date.parse('2026-06-01T12:00:00Z')
export const CERNER = '2.16.840.1.113883.3.13.1'
export const SUNRISE = '2.999.10'
export const CLIENT_ID = 'fhir.example-hospital.org'
export const DAY = 86_400_000

/** Identifiers that differ, and of which the first part makes no retry wait. */
export function counted(): () => string {
  let count = 0
  return () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`
}

export interface Planted {
  readonly sandbox: Sandbox
  readonly diagnosis: Diagnosis
  readonly requests: readonly Request[]
}

/** What a fault may change. */
export interface Fault {
  readonly options?: Partial<DiagnoseOptions>
  /** Stands between the client and the sandbox; undefined passes the request on. */
  readonly wire?: (request: Request) => Response | Promise<Response | undefined> | undefined
  /** Changes what the sandbox answered. */
  readonly answer?: (request: Request, response: Response) => Response | Promise<Response>
}

const identifiers = counted()
let shared: Promise<Sandbox> | undefined

/** One for all faults of a file: its keys take half a second. */
export function sandboxOf(): Promise<Sandbox> {
  return (shared ??= createSandbox({ now: () => NOW, randomUUID: identifiers }))
}

/** Diagnoses one organization of the sandbox with a fault in it. */
export async function plant(fault: Fault = {}): Promise<Planted> {
  const sandbox = await sandboxOf()
  const requests: Request[] = []
  const fetch: FetchLike = async (request) => {
    requests.push(request.clone())
    const planted = await fault.wire?.(request)
    if (planted !== undefined) return planted
    const response = await sandbox.fetch(request)
    return fault.answer === undefined ? response : fault.answer(request, response)
  }
  const diagnosis = await diagnose({
    clientId: CLIENT_ID,
    key: sandbox.pem.key,
    certificates: sandbox.pem.certificates,
    directory: sandbox.options.directory,
    organization: CERNER,
    patientId: '1316024',
    fetch,
    now: () => NOW,
    randomUUID: identifiers,
    ...fault.options,
  })
  return { sandbox, diagnosis, requests }
}

/** An RSA key of its own kind with a chain of leaf and authority. */
export function identity(
  leaf: Partial<CertificateOptions> = {},
  keys: { privateKey: KeyObject; publicKey: KeyObject } = rsa(2048),
): { key: string; certificates: string; reversed: string; keys: typeof keys } {
  const authority = ec()
  const usual = { subject: CLIENT_ID, dnsNames: [CLIENT_ID] }
  const validity = { notBefore: new Date(NOW - DAY), notAfter: new Date(NOW + 300 * DAY) }
  const own = makeCertificate({
    ...usual,
    ...validity,
    publicKey: keys.publicKey,
    issuer: { name: 'Example CA', privateKey: authority.privateKey },
    ...leaf,
  })
  const root = makeCertificate({
    ...validity,
    subject: 'Example CA',
    publicKey: authority.publicKey,
    issuer: authority,
    ca: true,
  })
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, certificates: own.pem + root.pem, reversed: root.pem + own.pem, keys }
}

export function rsa(modulusLength: number): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('rsa', { modulusLength })
}

export function ec(namedCurve = 'P-256'): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve })
}

/** The DER of a PEM key. */
export function derOf(pem: string): Buffer {
  return createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
}

/** A page as portals and proxies serve it. */
export function page(
  html: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`<!doctype html><html>${html}</html>`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  })
}

/** A rejection of the platform's fetch. */
export function broken(code: string): Promise<Response> {
  return Promise.reject(
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }),
  )
}
