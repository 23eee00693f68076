import { inspect } from 'node:util'
import { expect } from 'vitest'
import {
  CarequalityClient,
  type CarequalityClientOptions,
  type ClientEvent,
} from '../../src/index.ts'
import { createSandbox, type Sandbox } from '../../src/testing/index.ts'

/** The organization of the sandbox that behaves as the seed's server does, and its patient. */
export const OID = '2.16.840.1.113883.3.13.1'
export const PATIENT = '1316024'
const HOSTS = ['connect.carequality.org', 'fhir-ehr.stagingcerner.com']

/** Which request a fault stands in for. */
export type Stage = 'directory' | 'metadata' | 'smart' | 'token' | 'read' | 'search' | 'page'

/** An answer in place of the sandbox's; undefined lets the sandbox answer. */
export type Fault = (request: Request) => Response | Promise<Response> | undefined

/** The sandbox with faults in front of it, and everything that was sent and told. */
export interface HostileNetwork {
  readonly client: CarequalityClient
  readonly requests: readonly {
    readonly stage: Stage | 'elsewhere'
    readonly url: string
    readonly secrets: string
  }[]
  readonly events: readonly ClientEvent[]
  count(stage: Stage): number
  /** Fails unless the error, the events and the other origins are free of everything secret. */
  expectNothingShown(error: unknown): void
}

function stageOf(request: Request): Stage | 'elsewhere' {
  const { hostname, pathname, search } = new URL(request.url)
  if (!HOSTS.includes(hostname)) return 'elsewhere'
  if (pathname.includes('/Organization')) return 'directory'
  if (pathname.endsWith('/metadata')) return 'metadata'
  if (pathname.endsWith('/smart-configuration')) return 'smart'
  if (pathname.endsWith('/token')) return 'token'
  if (search.includes('pageContext')) return 'page'
  return /\/Patient\/(?!_search)/.test(pathname) ? 'read' : 'search'
}

let shared: Promise<Sandbox> | undefined

/** A client whose requests meet `faults` at their stages. Each stage's fault answers every request of that stage. */
export async function hostileNetwork(
  faults: Partial<Record<Stage, Fault>> = {},
  options: Partial<CarequalityClientOptions> = {},
): Promise<HostileNetwork> {
  shared ??= createSandbox()
  const sandbox = await shared
  const requests: { stage: Stage | 'elsewhere'; url: string; secrets: string }[] = []
  const events: ClientEvent[] = []
  const tokens: string[] = []
  const fetch = async (request: Request): Promise<Response> => {
    const stage = stageOf(request)
    const body = request.body === null ? '' : await request.clone().text()
    requests.push({
      stage,
      url: request.url,
      secrets: `${request.headers.get('authorization') ?? ''} ${body}`,
    })
    const answer =
      (stage === 'elsewhere' ? undefined : await faults[stage]?.(request)) ??
      (await sandbox.fetch(request))
    if (stage === 'token')
      tokens.push(
        ...tokenIn(
          await answer
            .clone()
            .text()
            .catch(() => ''),
        ),
      )
    return answer
  }
  const client = new CarequalityClient({
    ...sandbox.options,
    onEvent: (event) => events.push(event),
    ...options,
    fetch,
  })
  const secrets = (): string[] => {
    const assertions = requests.flatMap(
      ({ secrets: text }) => /client_assertion=([^&\s]+)/.exec(text)?.[1] ?? [],
    )
    return [
      'sandbox-api-key',
      'MARKED',
      'Timothy',
      'Peters',
      '1946-04-05',
      'MRN-',
      ...assertions,
      ...tokens,
    ]
  }
  return {
    client,
    requests,
    events,
    count: (stage) => requests.filter((request) => request.stage === stage).length,
    expectNothingShown: (error) => {
      const rendered = [
        inspect(error, { depth: 8 }),
        String(error),
        JSON.stringify(error),
        error instanceof Error
          ? `${error.message} ${error.stack ?? ''} ${inspect(error.cause)}`
          : '',
        JSON.stringify(events),
      ].join('\n')
      for (const secret of secrets()) expect(rendered, 'a secret is shown').not.toContain(secret)
      const elsewhere = requests.filter(({ stage }) => stage === 'elsewhere').map(({ url }) => url)
      expect(elsewhere, 'another origin was asked').toEqual([])
    },
  }
}

function tokenIn(text: string): string[] {
  const found = /"access_token"\s*:\s*"([^"]{8,})"/.exec(text)?.[1]
  return found === undefined ? [] : [found]
}

/** Runs a call that must fail, and gives its error. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

/** An answer as a server writes it. */
export function answer(
  status: number,
  body = '',
  type = 'application/fhir+json',
  headers: Record<string, string> = {},
): Response {
  const empty = [204, 304].includes(status)
  return new Response(empty ? null : body, {
    status,
    headers: { ...(empty ? {} : { 'content-type': type }), ...headers },
  })
}

/** JSON of the kind that FHIR servers send. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return answer(status, JSON.stringify(body), 'application/fhir+json', headers)
}
