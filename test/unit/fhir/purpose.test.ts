/** Every call of a responder: the purpose that it must have, its abort and its time. */
import { describe, expect, test } from 'vitest'
import type { Responder } from '../../../src/index.ts'
import { entry, statement, tokenEndpoint, world, type World } from '../../support/fake-responder.ts'
import { base, bundle, fhir, patient } from '../../support/fhir-answers.ts'
import { until } from '../../support/time.ts'

type Options = { signal?: AbortSignal; timeoutMs?: number }

const demographics = { birthDate: '1931-02-17' }

/** All calls of a responder that ask its FHIR server. */
const calls: readonly [string, (to: Responder, options: Options) => Promise<unknown>][] = [
  ['patients.read', ({ patients }, options) => patients.read('1', options)],
  ['patients.find', ({ patients }, options) => patients.find('1', options)],
  ['patients.vread', ({ patients }, options) => patients.vread('1', '2', options)],
  ['patients.history', async ({ patients }, options) => patients.history('1', options).first()],
  [
    'patients.search',
    async ({ patients }, options) => patients.search({ name: 'a' }, options).first(),
  ],
  ['patients.match', ({ patients }, options) => patients.match(demographics, options)],
  [
    'patients.everything',
    async ({ patients }, options) => patients.everything('1', options).first(),
  ],
  ['fhir.read', ({ fhir: to }, options) => to.read('Condition', 'c', options)],
  ['fhir.vread', ({ fhir: to }, options) => to.vread('Condition', 'c', '1', options)],
  ['fhir.history', async ({ fhir: to }, options) => to.history('Condition', 'c', options).first()],
  [
    'fhir.search',
    async ({ fhir: to }, options) => to.search('Condition', { code: 'x' }, options).first(),
  ],
  ['fhir.operation', ({ fhir: to }, options) => to.operation('x', options)],
  ['fhir.binary', ({ fhir: to }, options) => to.binary('Binary/1', options)],
]

const published = { metadata: () => statement({ token: tokenEndpoint }) }

async function connected(
  patients: () => Response | Promise<Response>,
  requirePurpose: boolean,
): Promise<{ made: World; responder: Responder }> {
  const made = await world(
    { ...published, patients },
    { requirePurpose, directory: { read: (id) => Promise.resolve(entry(id)) } },
  )
  return { made, responder: await made.client.organization('1.2.3') }
}

/** An answer that each of the calls can use. */
const answers: Readonly<Record<string, () => Response>> = {
  patients: () => fhir(200, patient('1')),
  fhir: () => fhir(200, { resourceType: 'Condition', id: 'c' }),
}
const answerOf = (call: string): Response =>
  /history|search|match|everything/.test(call)
    ? fhir(200, bundle(call.endsWith('everything') ? ['1'] : []))
    : (answers[call.split('.')[0] ?? '']?.() ?? fhir(404, ''))

test('the list above holds every call', async () => {
  const { responder } = await connected(() => fhir(404, ''), false)
  const named = (name: 'patients' | 'fhir'): string[] =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(responder[name]))
      .filter((method) => method !== 'constructor')
      .map((method) => `${name}.${method}`)
  expect(calls.map(([name]) => name).sort()).toEqual(
    [...named('patients'), ...named('fhir')].sort(),
  )
})

describe.each(calls)('%s', (name, call) => {
  test('is refused without a purpose where one is required, before anything is asked', async () => {
    const { made, responder } = await connected(() => answerOf(name), true)
    const before = made.seen.length
    const ask = async (to: Responder): Promise<unknown> => call(to, {})
    await expect(ask(responder)).rejects.toThrow(TypeError)
    await expect(ask(responder)).rejects.toThrow('"purposeOfUse"')
    expect(made.seen).toHaveLength(before)
    await ask(responder.as({ purposeOfUse: 'TREAT' }))
    expect(made.of('patients')).toHaveLength(1)
  })

  test('needs no purpose where none is required', async () => {
    const { made, responder } = await connected(() => answerOf(name), false)
    await call(responder, {})
    expect(made.of('patients')).toHaveLength(1)
  })

  test('ends with the caller’s own reason, before it begins and in the middle', async () => {
    const { made, responder } = await connected(() => new Promise(() => undefined), false)
    const mine = { my: 'reason' }
    const gone = AbortSignal.abort(mine)
    await expect(call(responder, { signal: gone })).rejects.toBe(mine)
    expect(made.of('patients')).toHaveLength(0)
    const leaving = new AbortController()
    const asked = call(responder, { signal: leaving.signal })
    const ended = expect(asked).rejects.toBe(mine)
    await until(() => made.of('patients').length === 1)
    leaving.abort(mine)
    await ended
  })

  test('ends at its timeout, and says which call it was', async () => {
    const { responder } = await connected(() => new Promise(() => undefined), false)
    await expect(call(responder, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'ERR_CQ_TIMEOUT',
      operation: name.replace('patients.find', 'patients.read'),
    })
  })

  test('after close() is refused', async () => {
    const { made, responder } = await connected(() => answerOf(name), false)
    await made.client.close()
    await expect(call(responder, {})).rejects.toMatchObject({ name: 'AbortError' })
    expect(made.of('patients')).toHaveLength(0)
  })
})

test('a base that the caller gave has the same calls', async () => {
  const made = await world(published, { requirePurpose: true })
  const responder = await made.client.responder({ baseUrl: base })
  await expect(responder.fhir.binary('Binary/1')).rejects.toThrow('"purposeOfUse"')
})
