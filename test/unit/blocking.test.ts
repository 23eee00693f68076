/** A partner that was compromised is refused at once, whoever asks and whatever is under way. */
import { describe, expect, test } from 'vitest'
import type { CarequalityClient, DirectoryEntry } from '../../src/index.ts'
import { failureOf } from '../support/answering-fetch.ts'
import {
  entry,
  smartConfiguration,
  statement,
  token,
  tokenEndpoint,
  world,
} from '../support/fake-responder.ts'
import { base, bundle, fhir, patient } from '../support/fhir-answers.ts'
import { turns } from '../support/time.ts'

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
