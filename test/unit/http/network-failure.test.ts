import { describe, expect, test } from 'vitest'
import { FhirPatientClient } from '../../../src/index.ts'
import { networkFailure } from '../../../src/http/transport/network-failure.ts'
import { failureOf } from '../../support/answering-fetch.ts'

const coded = (code: string): Error => Object.assign(new Error('SECRET'), { code })

describe('a rejected certificate', () => {
  test.each([
    ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_REVOKED'],
    ...['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'INVALID_PURPOSE'],
    ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'],
    ...['ERR_TLS_CERT_ALTNAME_FORMAT', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
    ...['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'],
  ])('is named and not tried again: %s', async (code) => {
    for (const thrown of [
      coded(code),
      new TypeError('fetch failed', { cause: coded(code) }),
      new TypeError('fetch failed', { cause: new Error('x', { cause: coded(code) }) }),
      Object.assign(new TypeError('x', { cause: coded(code) }), { code: 'ECONNRESET' }),
    ]) {
      let sent = 0
      const fetch = (): Promise<Response> => {
        sent += 1
        return Promise.reject(thrown)
      }
      const patients = new FhirPatientClient({ baseUrl: 'https://fhir.example.org/r4', fetch })
      const error = (await failureOf(patients.read('1'))) as Error
      expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: false })
      expect(error.message).toMatch(/certificate/)
      expect(error.message).toContain(code)
      expect(error.message).not.toMatch(/SECRET|Try again/)
      expect(sent).toBe(1)
    }
  })

  test('is known on Deno, which gives no code', () => {
    const error = new TypeError('client error (Connect): invalid peer certificate: Expired')
    expect(networkFailure(error, {})).toMatchObject({ retryable: false })
  })
})

test.each([
  ['407', false, 'the proxy refuses the connection (407, it requires a login)'],
  ['403', false, 'the proxy refuses the connection (403)'],
  ['502', true, 'the proxy does not connect to the server (502)'],
])('a proxy that answers %s is named', (status, retryable, what) => {
  const error = networkFailure(coded(`CQ_PROXY_REFUSED_${status}`), {})
  expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable })
  expect(error.message).toContain(what)
})

test('an error of any make gives an error of ours', () => {
  const hostile = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('SECRET')
    },
  })
  const loop: { cause?: unknown } = {}
  loop.cause = loop
  for (const thrown of [hostile, loop, { code: 'a\nb' }, undefined, 7, { code: {} }]) {
    const error = networkFailure(thrown, {})
    expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: true })
    expect(error.message).toContain('the request failed. ')
  }
})
