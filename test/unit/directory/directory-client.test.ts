import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import type { DirectoryOptions } from '../../../src/directory/api/options.ts'
import { DirectoryError, ResponseError } from '../../../src/errors.ts'
import { failureOf, jsonAnswer, wire, xmlAnswer, type Wire } from '../../support/answering-fetch.ts'

const OID = '2.999.77.1'

describe('directory client', () => {
  const xmlEntry = (id: string): string =>
    `<Organization xmlns="http://hl7.org/fhir"><id value="${id}"/><name value="A"/></Organization>`
  const jsonEntry = (id: string): object => ({ resourceType: 'Organization', id, name: 'A' })

  const legacy = (to: Wire, more: Partial<DirectoryOptions> = {}): DirectoryClient =>
    new DirectoryClient({
      ...to.options,
      release: 'carequality-stu3',
      apiKey: 'the key'.replace(' ', '&'),
      ...more,
    })
  const r4 = (to: Wire, more: Partial<DirectoryOptions> = {}): DirectoryClient =>
    new DirectoryClient({
      ...to.options,
      release: 'carequality-r4',
      environment: 'production',
      apiKey: 'the-key',
      ...more,
    })

  describe('the request', () => {
    test('to the legacy directory has the key in the query and asks for XML', async () => {
      const to = wire(() => xmlAnswer(xmlEntry(OID)))
      expect(await legacy(to).read(OID)).toMatchObject({ id: OID, oid: OID, name: 'A' })
      expect(to.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
        `GET https://connect.carequality.org/fhir-stu3/1.0.1/Organization/${OID}?apikey=the%26key&_format=xml`,
      ])
      expect(to.requests[0]?.headers.get('accept')).toBe(
        'application/fhir+xml, application/xml;q=0.9',
      )
      expect(to.requests[0]?.headers.has('authorization')).toBe(false)
    })

    test('to the R4 directory has the key in a header and asks for FHIR JSON', async () => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      await r4(to).read(OID)
      expect(to.requests[0]?.url).toBe(
        `https://directory.prod.carequality.org/fhir/Organization/${OID}`,
      )
      expect(to.requests[0]?.headers.get('accept')).toBe('application/fhir+json')
      expect(to.requests[0]?.headers.get('authorization')).toBe('api-key the-key')
    })

    test.each([
      [
        'carequality-stu3',
        'production',
        'https://prod-dir-ceq-01.sequoiaproject.org/fhir-stu3/1.0.1',
      ],
      ['carequality-stu3', 'stage', 'https://stage-dir-ceq.sequoiaproject.org/fhir-stu3/1.0.1'],
      ['carequality-stu3', 'dev', 'https://directory.dev.carequality.org/fhir-pre-stu3'],
      ['carequality-r4', 'stage', 'https://directory.stage.carequality.org/fhir'],
      ['carequality-r4', 'dev', 'https://directory.dev.carequality.org/fhir'],
    ] as const)('%s in %s goes to %s', async (release, environment, base) => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      await new DirectoryClient({ ...to.options, release, environment, apiKey: 'k' }).read(OID)
      expect(to.requests[0]?.url.split('/Organization/')[0]).toBe(base)
    })

    test('goes below `baseUrl`, with or without a slash at its end, before `environment`', async () => {
      for (const baseUrl of ['https://d.example:8443/x', ' https://d.example:8443/x/ ']) {
        const to = wire(() => jsonAnswer(jsonEntry(OID)))
        await r4(to, { baseUrl }).read(OID)
        expect(to.requests[0]?.url).toBe(`https://d.example:8443/x/Organization/${OID}`)
      }
    })

    test('follows a release that is given as data', async () => {
      const to = wire(() => xmlAnswer(xmlEntry(OID)))
      const release = {
        id: 'mine',
        format: 'xml',
        apiKey: { in: 'query', name: 'token' },
        baseUrls: { public: 'https://d.example' },
        activeParameter: 'on',
      } as const
      const client = new DirectoryClient({ ...to.options, release, apiKey: 'k' })
      await client.read(OID)
      expect(to.requests[0]?.url).toBe(`https://d.example/Organization/${OID}?token=k&_format=xml`)
      await failureOf(client.search({ active: true }))
      expect(to.requests[1]?.url).toBe('https://d.example/Organization?on=true&token=k&_format=xml')
    })

    test('may not leave for another origin than those allowed', async () => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      const error = await failureOf(r4(to, { allowedOrigins: ['https://x.example'] }).read(OID))
      expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
      expect(to.requests).toHaveLength(0)
    })
  })

  describe('options', () => {
    const base = { release: 'carequality-r4', environment: 'dev', apiKey: 'k' }
    test.each([
      ['release', { release: undefined }],
      ['release', { release: 'carequality-r5' }],
      ['release', { release: null }],
      ['release', { release: ['carequality-r4'] }],
      ['release.apiKey', { release: { id: 'x' } }],
      ['release.format', { release: { apiKey: { in: 'header' }, baseUrls: {}, format: 'csv' } }],
      ['environment', { environment: undefined }],
      ['environment', { environment: 'prod' }],
      ['environment', { environment: 'public' }],
      ['environment', { release: 'rce-r4', environment: 'production' }],
      ['environment', { release: 'rce-r4', environment: undefined }],
      ['baseUrl', { baseUrl: '' }],
      ['baseUrl', { baseUrl: 'directory.example' }],
      ['baseUrl', { baseUrl: 'ftp://directory.example' }],
      ['baseUrl', { baseUrl: 'https://user:pass@directory.example' }],
      ['baseUrl', { baseUrl: 'https://directory.example/#x' }],
      ['apiKey', { apiKey: '' }],
      ['apiKey', { apiKey: undefined }],
      ['apiKey', { apiKey: 7 }],
      ['maxAgeMs', { maxAgeMs: 0 }],
      ['maxAgeMs', { maxAgeMs: '1' }],
      ['timeoutMs', { timeoutMs: -1 }],
    ])('a wrong "%s" is a TypeError at once: %j', (option, wrong) => {
      const options = { ...base, ...wrong } as unknown as DirectoryOptions
      expect(() => new DirectoryClient(options)).toThrow(TypeError)
      expect(() => new DirectoryClient(options)).toThrow(`"${option}"`)
    })
  })

  describe('the API key as a function', () => {
    test('is asked for every request, sync or async', async () => {
      const keys = ['one', 'two']
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      const sync = r4(to, { apiKey: () => keys.shift() ?? '' })
      await sync.read(OID)
      await sync.read(OID)
      await r4(to, { apiKey: () => Promise.resolve('three') }).read(OID)
      expect(to.requests.map(({ headers }) => headers.get('authorization'))).toEqual([
        'api-key one',
        'api-key two',
        'api-key three',
      ])
    })

    test('that throws is heard, and nothing is sent', async () => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      const reason = new Error('vault is sealed')
      const throwing = (): string => {
        throw reason
      }
      expect(await failureOf(r4(to, { apiKey: throwing }).read(OID))).toBe(reason)
      const rejecting = r4(to, { apiKey: () => Promise.reject(reason) })
      expect(await failureOf(rejecting.search({}))).toBe(reason)
      expect(to.requests).toHaveLength(0)
    })

    test.each([
      undefined,
      null,
      7,
      '',
      ' ',
      'a b',
      'a\r\nX-Evil: 1',
      'schlüssel',
      'x'.repeat(5000),
    ])('that gives %j is a TypeError, and nothing is sent', async (given) => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      const apiKey = (): string => given as unknown as string
      for (const client of [r4(to, { apiKey }), legacy(to, { apiKey })]) {
        expect(await failureOf(client.read(OID))).toBeInstanceOf(TypeError)
      }
      expect(to.requests).toHaveLength(0)
    })
  })

  describe('I4: the id', () => {
    test.each([
      '2.999.77.1',
      ' 2.999.77.1\n',
      'urn:oid:2.999.77.1',
      'URN:OID:2.999.77.1',
      'Urn:Oid:2.999.77.1 ',
      'Organization/2.999.77.1',
      ' Organization/2.999.77.1 ',
    ])('%j is one OID', async (spelling) => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      expect((await r4(to).read(spelling)).id).toBe(OID)
      expect(to.requests[0]?.url).toMatch(/\/fhir\/Organization\/2\.999\.77\.1$/)
    })

    test.each([
      '',
      ' ',
      '2.999.077',
      '2.00',
      '3.1.2',
      '2.',
      '.2.3',
      '2..3',
      'urn:oid:',
      'urn:uuid:1',
      'urn:oid:abc',
      '../x',
      '..',
      '.',
      'a/b',
      'Organization/',
      'Organization/../x',
      'a%2eb',
      '%2e%2e',
      'a?b=c',
      'a#b',
      'a b',
      'ä',
      'x'.repeat(65),
      `2.${'1'.repeat(600)}`,
      undefined,
      null,
      2.999,
      {},
    ])('%j is a TypeError, and nothing is sent', async (id) => {
      const to = wire(() => jsonAnswer(jsonEntry(OID)))
      const client = r4(to)
      for (const call of [client.read(id as string), client.find(id as string)]) {
        expect(await failureOf(call)).toBeInstanceOf(TypeError)
      }
      expect(to.requests).toHaveLength(0)
    })

    test('another FHIR id is read as it is', async () => {
      const to = wire(() => jsonAnswer(jsonEntry('QHIN-example')))
      expect(await r4(to).read('QHIN-example')).toMatchObject({
        id: 'QHIN-example',
        oid: undefined,
      })
      expect(to.requests[0]?.url).toMatch(/\/Organization\/QHIN-example$/)
    })

    test('of more than 64 characters is searched by identifier', async () => {
      const long = `2.999.${'1234567890.'.repeat(6)}7`
      const found = {
        resourceType: 'Organization',
        id: 'x',
        identifier: [{ value: `urn:oid:${long}` }],
      }
      const to = wire((_, number) =>
        jsonAnswer({ resourceType: 'Bundle', entry: number === 1 ? [{ resource: found }] : [] }),
      )
      expect(await r4(to).read(long)).toMatchObject({ id: 'x', oid: long })
      expect(to.requests[0]?.url).toBe(
        `https://directory.prod.carequality.org/fhir/Organization?identifier=urn%3Aoid%3A${long}`,
      )
      const error = await failureOf(r4(to).read(`urn:oid:${long}`))
      expect(error).toMatchObject({ code: 'ERR_CQ_ENTRY_NOT_FOUND', organization: long })
      expect(await r4(to).find(long)).toBeUndefined()
    })
  })

  describe('answers other than the entry', () => {
    test.each([404, 410])('%i is "not found" after one request', async (status) => {
      const to = wire(() => xmlAnswer('<OperationOutcome/>', {}, status))
      const error = await failureOf(legacy(to).read(OID))
      expect(error).toBeInstanceOf(DirectoryError)
      expect(error).toMatchObject({
        code: 'ERR_CQ_ENTRY_NOT_FOUND',
        operation: 'directory.read',
        organization: OID,
        status,
        retryable: false,
      })
      expect(to.requests).toHaveLength(1)
      expect(await legacy(to).find(OID)).toBeUndefined()
    })

    test.each([401, 403])('%i is a refused key after one request', async (status) => {
      const to = wire(() => jsonAnswer({ resourceType: 'OperationOutcome' }, {}, status))
      for (const call of [r4(to).read(OID), r4(to).find(OID), legacy(to).search({})]) {
        expect(await failureOf(call)).toMatchObject({
          code: 'ERR_CQ_DIRECTORY_KEY_REFUSED',
          status,
          retryable: false,
        })
      }
      expect(to.requests).toHaveLength(3)
    })

    test.each([
      ['OperationOutcome in XML', xmlAnswer('<OperationOutcome><issue/></OperationOutcome>')],
      ['OperationOutcome in JSON', jsonAnswer({ resourceType: 'OperationOutcome', issue: [] })],
      ['OperationOutcome in naive JSON', jsonAnswer({ OperationOutcome: { issue: {} } })],
      ['another organization in XML', xmlAnswer(xmlEntry('2.999.77.2'))],
      ['another organization in JSON', jsonAnswer(jsonEntry('2.999.77.11'))],
      ['an organization without id', jsonAnswer({ resourceType: 'Organization' })],
      ['a Bundle', jsonAnswer({ resourceType: 'Bundle', entry: [] })],
      ['a list', jsonAnswer([jsonEntry(OID)])],
      ['null', jsonAnswer('null')],
    ])('200 with %s is an unexpected resource', async (_, answer) => {
      const to = wire(() => answer)
      const error = await failureOf(r4(to).read(OID))
      expect(error).toBeInstanceOf(ResponseError)
      expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_RESOURCE', status: 200 })
      expect(to.requests).toHaveLength(1)
    })

    test.each([
      ['HTML', 'text/html', '<!DOCTYPE html><html>', 'ERR_CQ_UNEXPECTED_CONTENT'],
      ['text', 'text/plain', 'Service moved', 'ERR_CQ_UNEXPECTED_CONTENT'],
      ['nothing', '', '', 'ERR_CQ_UNEXPECTED_CONTENT'],
      ['broken JSON', 'application/json', '{"resourceType":', 'ERR_CQ_INVALID_JSON'],
      ['broken XML', 'application/xml', '<Organization>', 'ERR_CQ_INVALID_RESPONSE'],
      ['HTML that says XML', 'text/xml', '<!DOCTYPE html><html/>', 'ERR_CQ_INVALID_RESPONSE'],
      [
        'bytes of another charset',
        'application/json; charset=utf-8',
        '\u00ff',
        'ERR_CQ_UNEXPECTED_CONTENT',
      ],
    ])('200 with %s is an error', async (_, type, body, code) => {
      const bytes = Uint8Array.from(body, (character) => character.charCodeAt(0))
      const to = wire(
        () => new Response(bytes, { headers: type === '' ? {} : { 'content-type': type } }),
      )
      expect(await failureOf(legacy(to).read(OID))).toMatchObject({ code })
      expect(to.requests).toHaveLength(1)
    })

    test('406 says that the format is not given', async () => {
      const to = wire(() => new Response(null, { status: 406 }))
      expect(await failureOf(r4(to).read(OID))).toMatchObject({
        code: 'ERR_CQ_NOT_ACCEPTABLE',
        status: 406,
      })
    })

    test('503 is tried again, at most three times', async () => {
      const to = wire((_, number) =>
        number < 3 ? new Response(null, { status: 503 }) : jsonAnswer(jsonEntry(OID)),
      )
      expect((await r4(to).read(OID)).id).toBe(OID)
      expect(to.requests).toHaveLength(3)
      const down = wire(() => new Response(null, { status: 503 }))
      expect(await failureOf(r4(down).find(OID))).toMatchObject({
        code: 'ERR_CQ_UNEXPECTED_STATUS',
        status: 503,
        retryable: true,
      })
      expect(down.requests).toHaveLength(3)
    })

    test('XML is read for what it is even where it is labelled as something else', async () => {
      const labelled = (type: string): Wire =>
        wire(
          () =>
            new Response(`\ufeff<?xml version="1.0"?>\n${xmlEntry(OID)}`, {
              headers: { 'content-type': type },
            }),
        )
      for (const type of ['text/plain', 'application/json', 'text/xml;charset=UTF-8']) {
        expect((await legacy(labelled(type)).read(OID)).id).toBe(OID)
      }
      const json = wire(() => jsonAnswer({ Organization: { id: { value: OID } } }))
      expect((await legacy(json).read(OID)).id).toBe(OID)
    })
  })
})

describe('cached entries', () => {
  const MINUTE = 60_000
  const HOUR = 60 * MINUTE

  const answering = (headers: Record<string, string>): Wire =>
    wire(() => jsonAnswer({ resourceType: 'Organization', id: OID }, headers))

  const clientOf = (to: Wire, maxAgeMs?: number): DirectoryClient =>
    new DirectoryClient({
      ...to.options,
      release: 'carequality-r4',
      environment: 'dev',
      apiKey: 'k',
      maxAgeMs,
    })

  /** How many requests the second read costs when it comes after so many milliseconds. */
  async function secondCosts(to: Wire, afterMs: number, maxAgeMs?: number): Promise<number> {
    const client = clientOf(to, maxAgeMs)
    await client.readCached(OID)
    const before = to.requests.length
    to.now += afterMs
    await client.readCached(OID)
    return to.requests.length - before
  }

  describe('an entry is kept', () => {
    test.each([
      ['an hour, where the server says nothing', {}, HOUR],
      ['an hour, where the header is unreadable', { 'cache-control': 'max-age=soon' }, HOUR],
      ['as long as the server says', { 'cache-control': 'public, max-age=120' }, 2 * MINUTE],
      ['a day at most', { 'cache-control': 'max-age=999999999' }, 24 * HOUR],
    ])('%s', async (_, headers, life) => {
      expect(await secondCosts(answering(headers), life - 1)).toBe(0)
      expect(await secondCosts(answering(headers), life)).toBe(1)
    })

    test.each(['no-store', 'no-cache', 'max-age=0', 'private, No-Store'])(
      'not at all after %s',
      async (control) => {
        expect(await secondCosts(answering({ 'cache-control': control }), 0)).toBe(1)
      },
    )

    test('as long as `maxAgeMs` says, before the server, a day at most', async () => {
      const control = { 'cache-control': 'max-age=60' }
      expect(await secondCosts(answering(control), 5 * MINUTE - 1, 5 * MINUTE)).toBe(0)
      expect(await secondCosts(answering(control), 5 * MINUTE, 5 * MINUTE)).toBe(1)
      expect(await secondCosts(answering({}), 24 * HOUR - 1, 48 * HOUR)).toBe(0)
      expect(await secondCosts(answering({}), 24 * HOUR, 48 * HOUR)).toBe(1)
    })

    test('under one name whatever the spelling of the OID', async () => {
      const to = answering({})
      const client = clientOf(to)
      for (const id of [OID, `urn:oid:${OID}`, `Organization/${OID}`, ` URN:OID:${OID} `]) {
        await client.readCached(id)
      }
      expect(to.requests).toHaveLength(1)
    })
  })

  describe('the kept entry', () => {
    test('is not used by `read` and `find`, which renew it', async () => {
      const to = answering({})
      const client = clientOf(to)
      await client.read(OID)
      to.now += HOUR - 1
      await client.find(OID)
      to.now += HOUR - 1
      await client.readCached(OID)
      expect(to.requests).toHaveLength(2)
    })

    test('is forgotten once the directory says that it is gone or must not be kept', async () => {
      for (const second of [
        jsonAnswer('{}', {}, 410),
        jsonAnswer({ resourceType: 'Organization', id: OID }, { 'cache-control': 'no-store' }),
      ]) {
        const to = wire((_, number) =>
          number === 2 ? second : jsonAnswer({ resourceType: 'Organization', id: OID }),
        )
        const client = clientOf(to)
        await client.readCached(OID)
        await client.find(OID)
        await client.readCached(OID)
        expect(to.requests).toHaveLength(3)
      }
    })

    test('survives a directory that is down, and a failure is never kept', async () => {
      const to = wire((_, number) =>
        number === 1 || number > 4
          ? jsonAnswer({ resourceType: 'Organization', id: OID })
          : new Response(null, { status: 503 }),
      )
      const client = clientOf(to)
      await client.readCached(OID)
      await failureOf(client.read(OID))
      expect((await client.readCached(OID)).id).toBe(OID)
      expect(to.requests).toHaveLength(4)
      expect(await clientOf(to).readCached(OID)).toMatchObject({ id: OID })
      expect(to.requests).toHaveLength(5)
    })

    test('is not looked for under a wrong id', async () => {
      const to = answering({})
      expect(await failureOf(clientOf(to).readCached('../x'))).toBeInstanceOf(TypeError)
      expect(to.requests).toHaveLength(0)
    })
  })

  test('a closed client refuses calls', async () => {
    const to = answering({})
    const client = clientOf(to)
    await client.close()
    expect(await failureOf(client.read(OID))).toMatchObject({ name: 'AbortError' })
    expect(to.requests).toHaveLength(0)
  })

  test('the caller’s own abort comes back untouched, before and during the request', async () => {
    const reason = new Error('the user left')
    const to = answering({})
    const before = clientOf(to).read(OID, { signal: AbortSignal.abort(reason) })
    expect(await failureOf(before)).toBe(reason)
    expect(to.requests).toHaveLength(0)
    const leaving = new AbortController()
    const during = wire(() => {
      leaving.abort(reason)
      return new Promise<Response>(() => undefined)
    })
    expect(await failureOf(clientOf(during).read(OID, { signal: leaving.signal }))).toBe(reason)
  })

  describe('entries in memory are bounded by their size', () => {
    const large = (id: string, bytes: number): object => ({
      resourceType: 'Organization',
      id,
      extension: [{ url: 'x', valueString: 'x'.repeat(bytes) }],
    })
    const serving = (bytes: number): Wire =>
      wire(({ url }) => jsonAnswer(large(url.split('/').at(-1) ?? '', bytes)))
    /** How many of the latest entries are at hand after so many reads. */
    async function atHand(to: Wire, reads: number): Promise<number> {
      const client = clientOf(to)
      for (let at = 0; at < reads; at += 1) await client.readCached(`2.999.${at}`)
      const before = to.requests.length
      for (let at = reads - 1; at >= 0; at -= 1) {
        await client.readCached(`2.999.${at}`)
        if (to.requests.length > before) return reads - 1 - at
      }
      return reads
    }

    test('one of more than 1 MB is no entry', async () => {
      expect(await failureOf(clientOf(serving(1_000_000)).readCached('2.999.1'))).toMatchObject({
        code: 'ERR_CQ_RESPONSE_TOO_LARGE',
      })
    })

    test('of many of 900 kB only the latest few are', async () => {
      const few = await atHand(serving(900_000), 20)
      expect(few).toBeGreaterThan(5)
      expect(few).toBeLessThan(15)
    })

    test('a thousand of usual size are', async () => {
      expect(await atHand(serving(2_000), 1_000)).toBe(1_000)
    })
  })
})
