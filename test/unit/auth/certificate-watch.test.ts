import { describe, expect, test } from 'vitest'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import type { ClientEvent, EventName, Mode } from '../../../src/types.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { customSigner, keyPair, ownSigner } from '../../support/token-endpoint.ts'

const DAY = 86_400_000
const pair = keyPair('P-256')
const certificate = makeCertificate({
  subject: 'Fhir.Example.org',
  ...pair,
  issuer: pair,
  dnsNames: ['alias.example.org'],
  uris: ['https://fhir.example.org/Organization/2.999'],
})
const notAfter = Math.floor(Date.now() / 1000) * 1000 + 365 * DAY

async function watched(at: number, clientId = 'fhir.example.org', mode?: Mode) {
  const events: ClientEvent[] = []
  const clock = { now: at }
  const signer = await ownSigner(pair, { certificates: certificate.pem })
  const assertions = new AssertionSigner({
    clientId,
    signer,
    mode,
    now: () => clock.now,
    onEvent: (event) => events.push(event),
  })
  const told = <Name extends EventName>(name: Name) => {
    const isNamed = (event: ClientEvent): event is Extract<ClientEvent, { type: Name }> =>
      event.type === name
    return events.filter(isNamed)
  }
  return { assertions, clock, told }
}

describe('certificate.expires-soon', () => {
  test('is told 30 days ahead, at once and then once a day', async () => {
    const { assertions, clock, told } = await watched(notAfter - 31 * DAY)
    await assertions.sign({ audience: 'a' })
    expect(told('certificate.expires-soon')).toEqual([])
    clock.now = notAfter - 29 * DAY - 60_000
    for (let count = 0; count < 5; count += 1) await assertions.sign({ audience: 'a' })
    const [event, ...others] = told('certificate.expires-soon')
    expect(others).toEqual([])
    expect(event).toMatchObject({ at: clock.now, days: 29 })
    expect(Math.abs(Number(event?.notAfter) - notAfter)).toBeLessThan(5_000)
    clock.now += DAY
    await assertions.sign({ audience: 'a' })
    expect(told('certificate.expires-soon').map(({ days }) => days)).toEqual([29, 28])
  })

  test('is told at construction, before anything is signed', async () => {
    const { told } = await watched(notAfter - 3 * DAY)
    expect(told('certificate.expires-soon')).toHaveLength(1)
  })

  test('is told of an intermediate certificate that ends before the leaf', () => {
    const [top, own] = [keyPair('P-384'), keyPair('P-256')]
    const soon = new Date(Date.now() + 10 * DAY)
    const middle = makeCertificate({
      subject: 'CA',
      ...top,
      issuer: { ...top, name: 'Root' },
      notAfter: soon,
    })
    const leaf = makeCertificate({ subject: 'x', ...own, issuer: { ...top, name: 'CA' } })
    const events: ClientEvent[] = []
    const signer = customSigner(own, 'ES256', { certificates: [leaf.pem, middle.pem] })
    new AssertionSigner({ clientId: 'x', signer, onEvent: (event) => events.push(event) })
    expect(events).toMatchObject([{ type: 'certificate.expires-soon', days: 9 }])
  })

  test('is no error, and the day after the last is one', async () => {
    const { assertions, clock } = await watched(notAfter - 10_000)
    expect(await assertions.sign({ audience: 'a' })).toContain('.')
    clock.now = notAfter + 10_000
    await expect(assertions.sign({ audience: 'a' })).rejects.toMatchObject({
      code: 'ERR_CQ_CERTIFICATE_EXPIRED',
    })
  })
})

describe('assertion.client-id-not-in-certificate', () => {
  test.each([
    ...['fhir.example.org', 'FHIR.example.ORG', 'alias.example.org'],
    'https://fhir.example.org/Organization/2.999',
  ])('is not told of %s', async (clientId) => {
    const { assertions, told } = await watched(Date.now(), clientId)
    await assertions.sign({ audience: 'a' })
    expect(told('assertion.client-id-not-in-certificate')).toEqual([])
  })

  test.each([
    ...['example.org', 'x.alias.example.org', 'https://fhir.example.org', '12345'],
    ...[
      'https://FHIR.example.org/Organization/2.999',
      'https://fhir.example.org/Organization/2.999/',
    ],
  ])('is told of %s, once', async (clientId) => {
    const { assertions, told } = await watched(Date.now(), clientId)
    await assertions.sign({ audience: 'a' })
    await assertions.sign({ audience: 'b' })
    expect(told('assertion.client-id-not-in-certificate')).toMatchObject([{ clientId }])
  })

  test('is told of each client id that a request names', async () => {
    const { assertions, told } = await watched(Date.now())
    for (const clientId of ['one', 'two', 'one']) await assertions.sign({ audience: 'a', clientId })
    const ids = told('assertion.client-id-not-in-certificate').map(({ clientId }) => clientId)
    expect(ids).toEqual(['one', 'two'])
  })

  test('is not told in smart-backend, nor without a certificate', async () => {
    const { assertions, told } = await watched(Date.now(), 'anything', 'smart-backend')
    await assertions.sign({ audience: 'a' })
    expect(told('assertion.client-id-not-in-certificate')).toEqual([])
    const events: ClientEvent[] = []
    const signer = await ownSigner(pair)
    await new AssertionSigner({
      clientId: 'anything',
      signer,
      onEvent: (event) => events.push(event),
    }).sign({ audience: 'a' })
    expect(events).toEqual([])
  })
})
