import { describe, expect, test } from 'vitest'
import { getPublicSuffix } from 'tldts'
import { cpuSince } from '../../support/own-time.ts'
import { TokenTrust, type TrustRule } from '../../../src/discovery/token-trust.ts'
import type { HttpOptions } from '../../../src/types.ts'
import {
  DEEPER_PLATFORMS,
  SHARED_PLATFORMS,
  SHARED_REGISTRIES,
  sharedSuffixCheck,
} from '../../../src/discovery/shared-suffixes.ts'

describe('token trust', () => {
  /** Rows: FHIR host, token host, whether the rule accepts them. */
  const PAIRS: readonly (readonly [fhir: string, token: string, trusted: boolean])[] = [
    // the same host
    ['fhir.example.org', 'fhir.example.org', true],
    ['fhir.example.org:8443', 'fhir.example.org:9443', true],
    ['FHIR.example.org', 'fhir.EXAMPLE.org:443', true],
    ['a.okta.com', 'a.okta.com', true],
    ['intranet', 'intranet:8443', true],
    ['müller.example', 'xn--mller-kva.example', true],
    // the same parent
    ['fhir.example.org', 'auth.example.org', true],
    ['fhir.example.org:8443', 'auth.example.org', true],
    ['fhir.example.org', 'example.org', true],
    ['example.org', 'auth.example.org', true],
    ['r4.fhir.example.org', 'auth.fhir.example.org', true],
    ['r4.fhir.example.org', 'fhir.example.org', false],
    ['r4.fhir.example.org', 'auth.example.org', false],
    ['fhir.example.co.uk', 'auth.example.co.uk', true],
    ['fhir.trust.nhs.uk', 'auth.trust.nhs.uk', true],
    // other owners
    ['fhir.example.org', 'auth.example.com', false],
    ['fhir.example.org', 'fhir.example.org.evil.test', false],
    ['fhir.example.org', 'evilexample.org', false],
    ['fhir.example.org', 'auth.evilexample.org', false],
    ['fhir.example.org', 'fhir-example.org', false],
    ['one.org', 'two.org', false],
    ['intranet', 'auth', false],
    ['fhir.example.org.', 'auth.example.org', true],
    ['fhir.example.org.', 'auth.example.org.', true],
    // parents that strangers share
    ['a.okta.com', 'b.okta.com', false],
    ['a.okta.com', 'okta.com', false],
    ['a.oktapreview.com', 'b.oktapreview.com', false],
    ['a.auth0.com', 'b.auth0.com', false],
    ['a.us.auth0.com', 'b.us.auth0.com', false],
    ['a.azurewebsites.net', 'b.azurewebsites.net', false],
    ['a.azure-api.net', 'b.azure-api.net', false],
    ['a.azurehealthcareapis.com', 'b.azurehealthcareapis.com', false],
    ['a.fhir.azurehealthcareapis.com', 'b.fhir.azurehealthcareapis.com', false],
    ['a.amazonaws.com', 'b.amazonaws.com', false],
    ['a.execute-api.us-east-1.amazonaws.com', 'b.execute-api.us-east-1.amazonaws.com', false],
    ['a.lambda-url.us-east-1.on.aws', 'b.lambda-url.us-east-1.on.aws', false],
    ['a.eastus.cloudapp.azure.com', 'b.eastus.cloudapp.azure.com', false],
    ['a-1.us-central1.run.app', 'b-2.us-central1.run.app', false],
    ['a-xyz-uc.a.run.app', 'b-xyz-uc.a.run.app', false],
    ['a.uc.r.appspot.com', 'b.uc.r.appspot.com', false],
    ['a.b2clogin.com', 'b.b2clogin.com', false],
    ['a.herokuapp.com', 'b.herokuapp.com', false],
    ['hospital.co.uk', 'evil.co.uk', false],
    ['hospital.com.au', 'evil.com.au', false],
    ['hospital.org.uk', 'evil.org.uk', false],
    ['trust-a.nhs.uk', 'trust-b.nhs.uk', false],
    // addresses: the whole origin
    ['203.0.113.5', '203.0.113.5', true],
    ['203.0.113.5:8443', '203.0.113.5:8443', true],
    ['203.0.113.5', '203.0.113.5:8443', false],
    ['203.0.113.5', '198.0.113.5', false],
    ['203.0.113.5', '3405803781', true],
    ['[2606:4700::1]', '[2606:4700:0::1]', true],
    ['[2606:4700::1]', '[2606:4700::1]:8443', false],
    ['[2606:4700::1]', '[2606:4700::2]', false],
    ['5.example.org', '203.0.113.5', false],
    // one vendor's names
    ['fhir-ehr.stagingcerner.com', 'authorization.sandboxcerner.com', true],
    ['fhir-ehr.cerner.com', 'authorization.cerner.com', true],
    ['a.b.cerner.com', 'authorization.stagingcerner.com', true],
    ['cerner.com', 'sandboxcerner.com', true],
    ['fhir.cerner.com', 'evilcerner.com', false],
    ['fhir.cerner.com', 'authorization.cerner.com.evil.test', false],
    ['fhir.example.org', 'authorization.cerner.com', false],
  ]

  const base = (host: string): string => `https://${host}/r4/`
  const endpoint = (host: string): string => `https://${host}/oauth/token`
  const ruleOf = (trustedOrigins?: HttpOptions['trustedOrigins']): Promise<TrustRule> =>
    new TokenTrust(trustedOrigins).rule()

  describe('which token endpoint belongs to a FHIR server', () => {
    test.each(PAIRS)('%s and %s: %j', async (fhir, token, trusted) => {
      const trusts = await ruleOf()
      expect(trusts(base(fhir), endpoint(token))).toBe(trusted)
      expect(trusts(base(token), endpoint(fhir))).toBe(trusted)
    })

    test('what is no URL belongs to nothing', async () => {
      const trusts = await ruleOf()
      expect(trusts('nonsense', endpoint('fhir.example.org'))).toBe(false)
      expect(trusts(base('fhir.example.org'), '/token')).toBe(false)
    })
  })

  describe('trustedOrigins', () => {
    test('as a list, adds whole pairs and only those', async () => {
      const trusts = await ruleOf([
        { fhir: 'https://FHIR.one.test:443/', token: 'https://login.two.test:8443' },
        { fhir: 'https://fhir.three.test', token: 'https://login.four.test' },
      ])
      const accepts = (fhir: string, token: string): boolean => trusts(base(fhir), endpoint(token))
      expect(accepts('fhir.one.test', 'login.two.test:8443')).toBe(true)
      expect(accepts('fhir.three.test', 'login.four.test')).toBe(true)
      expect(accepts('fhir.one.test', 'login.two.test')).toBe(false)
      expect(accepts('fhir.one.test:8443', 'login.two.test:8443')).toBe(false)
      expect(accepts('fhir.one.test', 'login.four.test')).toBe(false)
      expect(accepts('login.two.test:8443', 'fhir.one.test')).toBe(false)
      expect(trusts(base('fhir.three.test'), 'http://login.four.test/token')).toBe(false)
    })

    test('as a function, is asked for origins only where names do not show it', async () => {
      const asked: unknown[] = []
      const trusts = await ruleOf((pair) => {
        asked.push(pair)
        return true
      })
      expect(trusts(base('a.one.test'), endpoint('b.one.test'))).toBe(true)
      expect(asked).toEqual([])
      expect(trusts(base('a.one.test'), endpoint('b.two.test:8443'))).toBe(true)
      expect(asked).toEqual([{ fhir: 'https://a.one.test', token: 'https://b.two.test:8443' }])
    })

    test('a function that throws or answers anything but true has not said yes', async () => {
      for (const answer of [false, undefined, 1, 'yes', {}, Promise.resolve(true)]) {
        const trusts = await ruleOf(() => answer as boolean)
        expect(trusts(base('a.test'), endpoint('b.example'))).toBe(false)
      }
      const throwing = (): boolean => {
        throw new Error('x')
      }
      const trusts = await ruleOf(throwing)
      expect(trusts(base('a.test'), endpoint('b.example'))).toBe(false)
    })

    test("'any-https' switches the rule off, but not for http", async () => {
      const trusts = await ruleOf('any-https')
      expect(trusts(base('a.test'), endpoint('b.example'))).toBe(true)
      expect(trusts(base('a.test'), 'http://b.example/token')).toBe(false)
      expect(trusts(base('a.test'), 'httpsx://b.example/token')).toBe(false)
    })

    const wrong: readonly unknown[] = [
      'any',
      null,
      ['https://h.test'],
      [{ fhir: 'https://h.test' }],
      [{ fhir: 'h.test', token: 'https://h.test' }],
      {},
    ]
    test.each(wrong)('%j is a TypeError that names the option', (value) => {
      const make = (): unknown => new TokenTrust(value as HttpOptions['trustedOrigins'])
      expect(make).toThrow(TypeError)
      expect(make).toThrow('"trustedOrigins')
    })
  })

  describe('platforms that put strangers side by side', () => {
    const shared: readonly string[] = [
      // from the Public Suffix List
      ...['on-aptible.com', 'azurewebsites.us', 'firebaseapp.com', 'up.railway.app', 'gov.uk'],
      ...['service.gov.uk', 'gov.au', 'gov.in', 'govt.nz', 'gc.ca', 'nhs.uk', 'tx.us', 'k12.tx.us'],
      ...['azurewebsites.net', 'eastus-01.azurewebsites.net', 'azure-api.us', 'usgovcloudapp.net'],
      ...['web.app', 'herokuapp.com', 'vercel.app', 'netlify.app', 'pages.dev', 'workers.dev'],
      ...['github.io', 'gitlab.io', 'fly.dev', 'onrender.com', 'cloudfront.net', 'deno.dev'],
      ...['trafficmanager.net', 'usgovtrafficmanager.net', 'supabase.co', 'hasura.app', 'csb.app'],
      ...['a.run.app', 'uc.r.appspot.com', 'us-central1.run.app', 'lambda-url.us-east-1.on.aws'],
      ...['execute-api.us-gov-west-1.amazonaws.com', 'us-east-1.awsapprunner.com'],
      ...['auth.us-east-1.amazoncognito.com', 'amplifyapp.com', 'id.forgerock.io', 'ts.net'],
      ...[
        'outsystemscloud.com',
        'pythonanywhere.com',
        'ondigitalocean.app',
        'repl.co',
        'duckdns.org',
      ],
      // what it lacks
      ...['apigee.net', 'cloudhub.io', 'us-e2.cloudhub.io', 'usgovcloudapi.net'],
      ...['fhir.azurehealthcareapis.com', 'eastus.azurecontainerapps.io', 'b2clogin.com'],
      ...['usgovvirginia.cloudapp.usgovcloudapi.net', 'eastus.cloudapp.azure.com', 'okta-gov.com'],
      ...['scm.azurewebsites.net', 'eastus-01.azurewebsites.us', 'us.auth0.com', 'edge.aidbox.app'],
      ...['scot.nhs.uk', 'health.nsw.gov.au'],
    ]

    test.each(shared)('hospital.%s does not issue tokens for evil.%s', async (suffix) => {
      const trusts = await ruleOf()
      for (const [fhir, token] of [
        ['evil', 'hospital'],
        ['hospital', 'evil'],
      ]) {
        expect(trusts(base(`${fhir}.${suffix}`), endpoint(`${token}.${suffix}`))).toBe(false)
      }
      expect(trusts(base(`hospital.${suffix}`), endpoint(`hospital.${suffix}:8443`))).toBe(true)
    })

    test.each([
      ['fhir.hospital.herokuapp.com', 'auth.hospital.herokuapp.com'],
      ['fhir.hospital.gov.uk', 'auth.hospital.gov.uk'],
      ['fhir.board.scot.nhs.uk', 'auth.board.scot.nhs.uk'],
    ])('below one owner, %s and %s belong together', async (fhir, token) => {
      expect((await ruleOf())(base(fhir), endpoint(token))).toBe(true)
    })

    test('a host that no DNS name can have is not taken apart', async () => {
      const dots = `${'a.'.repeat(100_000)}example.org`
      const began = process.cpuUsage()
      expect((await ruleOf())(base(`x.${dots}`), endpoint(`y.${dots}`))).toBe(false)
      expect(cpuSince(began)).toBeLessThan(250)
    })
  })

  describe('families', () => {
    test.each([
      ['fhir4.healow.com', 'oauthserver.eclinicalworks.com', true],
      ['fhir.meditouchehr.com', 'idp-prod.prod.ngo.nextgenaws.net', true],
      ['fhir.meditouchehr.com', 'evil.nextgenaws.net', false],
      ['fhir.meditouchehr.com', 'oauthserver.eclinicalworks.com', false],
      ['fhir.evilhealow.com', 'oauthserver.eclinicalworks.com', false],
    ])('%s and %s: %j', async (fhir, token, trusted) => {
      expect((await ruleOf())(base(fhir), endpoint(token))).toBe(trusted)
    })
  })
})

describe('shared suffixes', () => {
  const suffixOf = (host: string): string | null =>
    getPublicSuffix(host, { allowPrivateDomains: true })

  test.each([...SHARED_PLATFORMS, ...SHARED_REGISTRIES])(
    'the Public Suffix List still lacks %s',
    (name) => {
      const levels = [suffixOf(`a.${name}`), suffixOf(`b.a.${name}`)]
      expect(levels.every((suffix) => suffix?.endsWith(name))).toBe(false)
    },
  )

  test.each(DEEPER_PLATFORMS)(
    'the Public Suffix List has %s, with its first level at most',
    (name) => {
      expect([name, `a.${name}`]).toContain(suffixOf(`a.${name}`))
      expect(suffixOf(`b.a.${name}`)).toBe(suffixOf(`a.${name}`))
      expect(suffixOf(`c.b.a.${name}`)).toBe(suffixOf(`a.${name}`))
    },
  )

  test('names are shared, or not, by whole labels and in whole', async () => {
    const isShared = await sharedSuffixCheck()
    expect(isShared('okta.com')).toBe(true)
    expect(isShared('eu.okta.com')).toBe(true)
    expect(isShared('notokta.com')).toBe(false)
    expect(isShared('scot.nhs.uk')).toBe(true)
    expect(isShared('board.scot.nhs.uk')).toBe(false)
    expect(isShared('co.uk')).toBe(true)
    expect(isShared('hospital.co.uk')).toBe(false)
    expect(isShared('com')).toBe(true)
  })
})
