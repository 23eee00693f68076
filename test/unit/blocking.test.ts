import { describe, expect, test } from 'vitest'
import { CarequalityClient, type DirectoryEntry } from '../../src/index.ts'
import { failureOf } from '../support/answering-fetch.ts'
import {
  entry,
  smartConfiguration,
  statement,
  token,
  tokenEndpoint,
  world,
  signer,
  type Responses,
} from '../support/fake-responder.ts'
import { base, bundle, fhir, patient, failure, recording, walked } from '../support/fhir-answers.ts'
import { turns, holdTime, until } from '../support/time.ts'

/** A partner that was compromised is refused at once, whoever asks and whatever is under way. */
describe('a blocked party at the network', () => {
  const origin = 'https://fhir.example.org'
  const [asked, parent] = ['2.999.1', '2.999.2']
  const refusal = (party: string) => ({
    name: 'PolicyError',
    code: 'ERR_CQ_ORIGIN_REFUSED',
    message: expect.stringContaining(`${party} is blocked: key stolen`) as unknown,
  })
  /** The asked entry has no endpoint of its own: its parent serves it. */
  const directory = {
    read: (id: string): Promise<DirectoryEntry> =>
      Promise.resolve(
        id === asked ? { ...entry(asked), endpoints: [], partOf: parent } : entry(parent),
      ),
  }
  const responses = {
    metadata: () => statement({ token: tokenEndpoint }),
    smart: () => smartConfiguration(),
  }

  /** An answer that the test lets go; it tells when it was asked for. */
  function gate(answer: () => Response): {
    asked: Promise<void>
    open: () => void
    answer: () => Promise<Response>
  } {
    let arrive = (): void => undefined
    let open = (): void => undefined
    const asked = new Promise<void>((resolve) => (arrive = resolve))
    const opened = new Promise<void>((resolve) => (open = resolve))
    return {
      asked,
      open: () => open(),
      answer: async () => {
        arrive()
        await opened
        return answer()
      },
    }
  }

  describe('client.block', () => {
    test.each([origin, `${origin}/`, `${origin}:443`])(
      'by origin %s: nothing is sent, no token is asked for',
      async (party) => {
        const { client, seen, events } = await world(responses, { directory })
        const responder = await client.responder({ baseUrl: base })
        const before = seen.length
        client.block(party, 'key stolen')
        for (const call of callsOf(client))
          expect(await failureOf(call())).toMatchObject(refusal(origin))
        for (const call of [
          () => responder.patients.read('1'),
          () => responder.as({ scope: 'system/Patient.rs' }).patients.read('1'),
          () => responder.patients.search({ family: 'x' }).first(),
          () => responder.patients.match({ birthDate: '1970-01-01' }),
          () => responder.fhir.binary('Binary/1'),
          () => responder.fhir.operation('$x'),
        ])
          expect(await failureOf(call())).toMatchObject(refusal(origin))
        expect(seen.length).toBe(before)
        expect(events.filter(({ type }) => type === 'client.blocked')).toMatchObject([
          { party: origin },
        ])
        expect(client.describe().blocked).toEqual([{ party: origin, reason: 'key stolen' }])
      },
    )

    test.each([
      ['the OID that is asked for', asked],
      ['the OID of the parent that serves it', parent],
      ['an OID with its prefix', `urn:oid:${asked}`],
    ])('by %s', async (_what, party) => {
      const { client, seen } = await world(responses, { directory })
      const responder = await client.organization(asked)
      const before = seen.length
      const lift = client.block(party, 'key stolen')
      const shown = party.replace('urn:oid:', '')
      expect(await failureOf(responder.patients.read('1'))).toMatchObject(refusal(shown))
      expect(await failureOf(client.organization(asked))).toMatchObject(refusal(shown))
      expect(await failureOf(client.as({ clientId: 'other' }).organization(asked))).toMatchObject(
        refusal(shown),
      )
      expect(seen.length).toBe(before)
      // Only what the party serves: the same server under no name is another matter.
      expect(await responderFor(client)).toBeDefined()
      lift()
      expect((await responder.patients.read('1')).id).toBe('1')
    })

    test('a block counts for clients made by as, before and after, and they can set one', async () => {
      const { client, seen } = await world(responses)
      const before = client.as({ purposeOfUse: 'TREATMENT' })
      const lift = before.block(origin, 'key stolen')
      const after = client.as({ purposeOfUse: 'PAYMENT' })
      for (const one of [client, before, after])
        expect(await failureOf(responderFor(one))).toMatchObject(refusal(origin))
      expect(seen).toHaveLength(0)
      lift()
      for (const one of [client, before, after]) expect(await responderFor(one)).toBeDefined()
    })

    test('each block is lifted by its own function alone', async () => {
      const { client } = await world(responses)
      const first = client.block(origin, 'key stolen')
      const second = client.block(origin, 'key stolen')
      first()
      first()
      expect(await failureOf(responderFor(client))).toMatchObject(refusal(origin))
      second()
      expect(await responderFor(client)).toBeDefined()
      expect(client.describe().blocked).toEqual([])
    })

    test.each(['metadata', 'token', 'patients'] as const)(
      'ends a call that waits for %s',
      async (stage) => {
        for (const party of [origin, parent, asked]) {
          const held = gate(() => (stage === 'token' ? token('t') : fhir(200, patient('1'))))
          const { client, of } = await world(
            {
              ...responses,
              [stage]: held.answer,
              ...(stage === 'metadata' ? { smart: held.answer } : {}),
            },
            { directory },
          )
          const call = client.organization(asked).then((responder) => responder.patients.read('1'))
          await held.asked
          const sent = [of('token').length, of('patients').length]
          client.block(party, 'key stolen')
          expect(await failureOf(call)).toMatchObject(refusal(party))
          held.open()
          expect([of('token').length, of('patients').length]).toEqual(sent)
        }
      },
    )

    test('ends a call that waits for a directory of the user’s own', async () => {
      const { client } = await world(responses, {
        directory: { read: () => new Promise(() => undefined) },
      })
      const call = failureOf(client.organization(asked))
      await turns()
      client.block(asked, 'key stolen')
      expect(await call).toMatchObject(refusal(asked))
    })

    test('ends a search between pages', async () => {
      const pages = () => fhir(200, bundle(['1'], { next: `${base}/Patient?page=2` }))
      const { client, of } = await world({ ...responses, patients: pages })
      const { patients } = await client.responder({ baseUrl: base })
      const received: unknown[] = []
      const walk = async (): Promise<void> => {
        for await (const hit of patients.search({ family: 'x' })) {
          received.push(hit.id)
          client.block(origin, 'key stolen')
        }
      }
      expect(await failureOf(walk())).toMatchObject({ ...refusal(origin), received: 1, pages: 1 })
      expect(received).toEqual(['1'])
      expect(of('patients')).toHaveLength(1)
    })

    test('ends a binary that is being read', async () => {
      const endless = (): Response =>
        new Response(
          new ReadableStream({
            pull: async (controller) => {
              await turns(5)
              controller.enqueue(new Uint8Array(10))
            },
          }),
        )
      const { client } = await world({ ...responses, patients: endless })
      const { fhir: server } = await client.responder({ baseUrl: base })
      const { body } = await server.binary('Binary/1')
      const read = async (): Promise<void> => {
        let count = 0
        for await (const piece of body) {
          count += piece.length
          if (count === 30) client.block(origin, 'key stolen')
          if (count > 100) throw new Error('it goes on')
        }
      }
      expect(await failureOf(read())).toMatchObject(refusal(origin))
    })

    test.each([
      ['no party'],
      ['https://fhir.example.org/r4'],
      ['fhir.example.org'],
      [''],
      ['data:,x'],
    ])('a TypeError for %s', async (party) => {
      const { client } = await world()
      expect(() => client.block(party, 'why')).toThrow(TypeError)
      expect(() => client.block(origin, '')).toThrow(TypeError)
    })
  })

  function responderFor(client: CarequalityClient): Promise<unknown> {
    return client.responder({ baseUrl: base })
  }

  function callsOf(client: CarequalityClient): (() => Promise<unknown>)[] {
    return [
      () => responderFor(client),
      () => client.organization(asked),
      () => client.as({ clientId: 'other' }).organization(asked),
    ]
  }
})

describe('client.block', () => {
  const origin = new URL(base).origin
  const docs: Responses = { metadata: () => statement({ token: tokenEndpoint }) }
  const refused = { code: 'ERR_CQ_ORIGIN_REFUSED', name: 'PolicyError', retryable: false }

  describe('block() of an origin', () => {
    test('sends nothing there any more, by whatever way, and says why', async () => {
      const { client, seen, events } = await world(docs)
      const before = await client.responder({ baseUrl: base })
      await before.patients.read('1')
      const sent = seen.length
      client.block(origin, 'keys stolen, ticket 4711')
      for (const call of [
        () => before.patients.read('1'),
        () => before.patients.search({ family: 'a' }).first(),
        () => before.as({ scope: 'system/*.read' }).patients.read('1'),
        () => client.responder({ baseUrl: base }),
        () => client.as({ purposeOfUse: 'TREAT' }).responder({ baseUrl: `${base}/other` }),
        () => client.capabilityResolver.resolve(`${base}/another`),
      ]) {
        const error = await failure(call())
        expect(error).toMatchObject(refused)
        expect(error.message).toContain(`${origin} is blocked: keys stolen, ticket 4711`)
      }
      expect(seen).toHaveLength(sent)
      expect(client.describe().blocked).toEqual([
        { party: origin, reason: 'keys stolen, ticket 4711' },
      ])
      expect(events.filter(({ type }) => type === 'client.blocked')).toMatchObject([
        { party: origin },
      ])
    })

    test('sends no assertion to a token endpoint there, for a server elsewhere', async () => {
      const { client, of } = await world({
        metadata: () => statement({ token: 'https://auth.example.org/token' }),
      })
      const responder = await client.responder({ baseUrl: base })
      client.block('https://auth.example.org/', 'compromised')
      expect(await failure(responder.patients.read('1'))).toMatchObject(refused)
      expect(of('token')).toEqual([])
    })

    test('ends what is under way, at once, and leaves the others alone', async () => {
      holdTime() // no time passes
      const { client, of } = await world({
        ...docs,
        patients: ({ url }) =>
          url.startsWith(base) ? new Promise(() => undefined) : fhir(200, patient('1')),
      })
      const slow = (await client.responder({ baseUrl: base })).patients.read('1')
      const other = await client.responder({
        baseUrl: 'https://other.example/r4',
        tokenEndpoint: 'https://other.example/token',
      })
      await until(() => of('patients').length > 0)
      client.block(origin, 'compromised')
      expect(await failure(slow)).toMatchObject({ ...refused, operation: 'patients.read' })
      expect((await other.patients.read('1')).id).toBe('1')
    })

    test('ends a search between two pages, after the hits that were given', async () => {
      const { client } = await world({
        ...docs,
        patients: () => fhir(200, bundle(['1', '2'], { next: `${base}/Patient?page=2` })),
      })
      const responder = await client.responder({ baseUrl: base })
      const given: string[] = []
      const error = await failure(
        (async () => {
          for await (const { id = '' } of responder.patients.search({ family: 'a' })) {
            given.push(id)
            // Before the second hit is wanted, and with it the page ahead.
            if (id === '1') client.block(origin, 'compromised')
          }
        })(),
      )
      expect(given).toEqual(['1', '2'])
      expect(error).toMatchObject({ ...refused, received: 2, pages: 1 })
    })

    test('is lifted by the function that it gives back', async () => {
      const { client } = await world(docs)
      const lift = client.block(`${origin}/`, 'a mistake')
      expect(await failure(client.responder({ baseUrl: base }))).toMatchObject(refused)
      lift()
      expect((await (await client.responder({ baseUrl: base })).patients.read('1')).id).toBe('1')
      expect(client.describe().blocked).toEqual([])
    })

    test('counts for the client that blocks, and for no other one', async () => {
      const { client } = await world(docs)
      client.block(origin, 'ours')
      const other = await world(docs)
      expect((await other.client.responder({ baseUrl: base })).endpoint.address).toBe(base)
    })

    test('holds for the directory as well', async () => {
      const { fetch, seen } = recording(() => fhir(404, ''))
      const client = new CarequalityClient({
        directory: { release: 'carequality-r4', environment: 'production', apiKey: 'k' },
        clientId: 'a',
        signer: await signer(),
        fetch,
      })
      client.block('https://directory.prod.carequality.org', 'compromised')
      expect(await failure(client.organization('1.2.3'))).toMatchObject(refused)
      expect(seen).toEqual([])
    })
  })

  describe('block() of an organization', () => {
    test('refuses it before the directory is asked, in any spelling of its OID', async () => {
      const asked: string[] = []
      const directory = {
        read: (id: string) => {
          asked.push(id)
          return Promise.resolve(entry('1.2.3'))
        },
      }
      const { client, seen } = await world(docs, { directory })
      client.block('urn:oid:1.2.3', 'left the network')
      for (const oid of ['1.2.3', ' urn:oid:1.2.3', 'Organization/1.2.3']) {
        const error = await failure(client.organization(oid))
        expect(error).toMatchObject({ ...refused, organization: '1.2.3' })
        expect(error.message).toContain('1.2.3 is blocked: left the network')
      }
      expect([asked, seen]).toEqual([[], []])
    })

    test('refuses the calls of a responder that was found before', async () => {
      const directory = { read: (id: string) => Promise.resolve(entry(id)) }
      const { client, of } = await world(docs, { directory })
      const [one, other] = [await client.organization('1.2.3'), await client.organization('1.2.4')]
      client.block('1.2.3', 'left the network')
      expect(await failure(one.patients.read('1'))).toMatchObject(refused)
      expect((await walked(one.patients.search({ family: 'a' }))).error).toMatchObject(refused)
      expect(of('patients')).toEqual([])
      expect((await other.patients.read('1')).id).toBe('1')
    })

    test('counts for those whom it serves', async () => {
      const parent = entry('1.2.3')
      const child = { ...entry('1.2.4'), endpoints: [], partOf: '1.2.3' }
      const directory = { read: (id: string) => Promise.resolve(id === '1.2.4' ? child : parent) }
      const { client, seen } = await world(docs, { directory })
      client.block('1.2.3', 'compromised')
      expect(await failure(client.organization('1.2.4'))).toMatchObject(refused)
      expect(seen).toEqual([])
    })
  })

  test.each<[unknown, unknown]>([
    ['', 'x'],
    ['fhir.example.org', 'x'],
    [`${origin}/r4`, 'x'],
    ['urn:uuid:1', 'x'],
    [5, 'x'],
    [origin, ''],
    [origin, undefined],
  ])('block(%j, %j) is a TypeError', async (party, reason) => {
    const { client } = await world({ smart: () => smartConfiguration(), token: () => token('x') })
    expect(() => client.block(party as string, reason as string)).toThrow(TypeError)
    expect(client.describe().blocked).toEqual([])
  })
})
