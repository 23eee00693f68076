/** Rows A of the threats, end to end: where nothing may go. The other origins are not even asked. */
import { describe, expect, test } from 'vitest'
import type { DirectoryEntry } from '../../src/index.ts'
import {
  entry,
  smartConfiguration,
  statement,
  tokenEndpoint,
  world,
} from '../support/fake-responder.ts'
import { base, bundle, failure, fhir, leaks, walked } from '../support/fhir-answers.ts'
import { OAUTH_URIS } from '../support/capability-documents.ts'
import { ask, clientOf, json, serve } from '../unit/http/loopback.ts'

const EVIL = 'https://evil.example'
const docs = { metadata: () => statement({ token: tokenEndpoint }) }
const person = { family: 'Zebulon-Marker', birthdate: '1931-02-17' }

describe('A3: a search that is redirected', () => {
  test.each([301, 302, 303, 307, 308])(
    'with %i hands nobody the demographics, on the first page or a later one',
    async (status) => {
      const away = () => fhir(status, '', { location: `${EVIL}/?take` })
      for (const searchMethod of ['post-only', 'post-then-get', 'get'] as const) {
        let pages = 0
        for (const first of [true, false]) {
          const { client, seen } = await world(
            {
              ...docs,
              patients: () => {
                pages += 1
                if (first || pages % 2 === 0) return away()
                return fhir(200, bundle(['1'], { next: `${base}/Patient?page=2` }))
              },
            },
            { searchMethod },
          )
          const responder = await client.responder({ baseUrl: base })
          const { error } = await walked(responder.patients.search(person))
          expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status })
          expect(leaks(error)).toEqual([])
          expect(seen.filter(({ url }) => url.startsWith(EVIL))).toEqual([])
          pages = 0
        }
      }
    },
  )
})

const hostile: readonly string[] = [
  'https://169.254.169.254/r4',
  'https://192.168.1.10/r4',
  'https://10.1.2.3:8443/r4',
  'https://100.64.0.1/r4',
  'https://[::1]/r4',
  'https://[::ffff:10.0.0.1]/r4',
  'https://2852039166/r4',
  'https://0x7f.1/r4',
  'https://metadata.google.internal/r4',
  'https://localhost./r4',
  'https://user:S3CRET-KEY@fhir.example.org/r4',
  'https://fhir.example.org/r4#part',
  'https://fhir.exam\tple.org/r4',
  'https:\\\\fhir.example.org\\r4',
  'http://fhir.example.org/r4',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'ftp://fhir.example.org/r4',
  '//fhir.example.org/r4',
  'fhir.example.org',
]

describe('A5: an address of the directory', () => {
  const at = (address: string): DirectoryEntry => entry('1.2.3', address)

  test.each(hostile)('%j is asked by nobody', async (address) => {
    const { client, seen } = await world(docs, {
      directory: { read: () => Promise.resolve(at(address)) },
    })
    const error = await failure(client.organization('1.2.3'))
    expect(error.code).toBe('ERR_CQ_NO_USABLE_ENDPOINT')
    expect(leaks(error)).toEqual([])
    expect(seen).toEqual([])
  })

  test('outside allowedOrigins is asked by nobody', async () => {
    const { client, seen } = await world(docs, {
      directory: { read: () => Promise.resolve(at(`${EVIL}/r4`)) },
      allowedOrigins: [new URL(base).origin],
    })
    expect((await failure(client.organization('1.2.3'))).code).toBe('ERR_CQ_NO_USABLE_ENDPOINT')
    expect(seen).toEqual([])
  })
})

describe('A6: a published token endpoint', () => {
  const urls = [...hostile.filter((url) => /^[a-z]+:/.test(url)), `${EVIL}/token`]
  test.each(urls)('%j is handed no assertion, whichever document names it', async (url) => {
    const documents = [
      { metadata: () => statement({ token: url }) },
      { metadata: () => statement(), smart: () => smartConfiguration({ token_endpoint: url }) },
    ]
    for (const responses of documents) {
      let signed = 0
      const { client, seen } = await world(responses, {
        signer: () => {
          signed += 1
          return Promise.reject(new Error('no'))
        },
      })
      const responder = await client.responder({ baseUrl: base })
      const error = await failure(responder.patients.read('1'))
      expect(error.code).toMatch(/^ERR_CQ_(ORIGIN_REFUSED|TOKEN_ENDPOINT_UNTRUSTED)$/)
      expect(leaks(error)).toEqual([])
      expect(signed).toBe(0)
      expect(seen.every((one) => one.url.startsWith(base) && one.body === '')).toBe(true)
      expect(seen.some(({ headers }) => headers.has('authorization'))).toBe(false)
    }
  })
})

describe('A10: the extension of Cerner', () => {
  const published = (carequality: string) =>
    fhir(200, {
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      rest: [
        {
          mode: 'server',
          security: {
            extension: [
              {
                url: OAUTH_URIS,
                extension: [
                  { url: 'token', valueUri: tokenEndpoint },
                  { url: 'carequality-token', valueUri: carequality },
                ],
              },
            ],
          },
        },
      ],
    })

  test('means nothing at a server that is not theirs', async () => {
    const { client, of, seen } = await world({ metadata: () => published(`${EVIL}/token`) })
    const responder = await client.responder({ baseUrl: base })
    await responder.patients.read('1')
    expect(of('token').map(({ url }) => url)).toEqual([tokenEndpoint])
    expect(seen.some(({ url }) => url.startsWith(EVIL))).toBe(false)
  })

  test.each([`${EVIL}/token`, 'https://fhir.stagingcerner.com.evil.example/token'])(
    'at one of theirs is held to the same trust: %s',
    async (url) => {
      const { client, seen } = await world({ metadata: () => published(url) })
      const responder = await client.responder({ baseUrl: 'https://fhir.stagingcerner.com/r4' })
      const error = await failure(responder.patients.read('1'))
      expect(error.code).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
      expect(seen.every((one) => one.url.startsWith('https://fhir.stagingcerner.com/'))).toBe(true)
    },
  )
})

describe('A13: a Referer', () => {
  test('goes out with no request', async () => {
    const server = await serve((response, _, { url }) => {
      if (url === '/start') json(response, 302, { location: '/end' })
      else json(response)
    })
    const asked: Request[] = []
    const fetch = (request: Request): Promise<Response> => {
      asked.push(request)
      return globalThis.fetch(request)
    }
    const client = clientOf({ fetch })
    await ask(client, `${server.origin}/start`)
    await ask(client, `${server.origin}/end`, { form: 'a=b' })
    expect(server.seen).toHaveLength(3)
    expect(server.seen.filter(({ headers }) => 'referer' in headers)).toEqual([])
    // What a browser goes by.
    expect(asked.map(({ referrerPolicy }) => referrerPolicy)).toEqual(
      asked.map(() => 'no-referrer'),
    )
  })
})
