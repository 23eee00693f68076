import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { mediaTypeOf } from '../../../src/http/body/media-type.ts'
import { jsonOf, textOf } from '../../../src/http/body/text.ts'
import { screenNothing } from '../../../src/http/echo.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { ask, clientOf, serve, until } from './loopback.ts'

const JSON_TYPE = 'application/json'
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function answerOf(body: string | Uint8Array, type?: string): HttpResponse {
  return {
    status: 200,
    headers: new Headers(type === undefined ? {} : { 'content-type': type }),
    bytes: typeof body === 'string' ? bytesOf(body) : body,
    sentAt: 0,
    screen: screenNothing,
    context: { status: 200 },
  }
}

describe('R1: the size of an answer', () => {
  test('is limited by kind: the last byte allowed passes, one more does not', async () => {
    const limits = { token: 10, metadata: 20, page: 30 }
    const client = clientOf({ bodyLimits: limits })
    for (const kind of ['token', 'metadata', 'page'] as const) {
      for (const extra of [0, 1]) {
        const server = await serve((response) => response.end('x'.repeat(limits[kind] + extra)))
        const asked = ask(client, server.origin, { kind })
        if (extra === 0) expect((await asked).bytes).toHaveLength(limits[kind])
        else
          expect(await failureOf(asked)).toMatchObject({
            code: 'ERR_CQ_RESPONSE_TOO_LARGE',
            retryable: false,
            status: 200,
          })
        expect(server.seen).toHaveLength(1)
      }
    }
  })

  test('has a default for each kind', async () => {
    for (const [kind, limit] of [
      ['token', 64e3],
      ['metadata', 8e6],
      ['page', 16e6],
    ] as const) {
      const server = await serve((response, number) =>
        response.end(Buffer.alloc(limit + number - 1)),
      )
      expect((await ask(clientOf(), server.origin, { kind })).bytes).toHaveLength(limit)
      const error = await failureOf(ask(clientOf(), server.origin, { kind }))
      expect(error).toMatchObject({ code: 'ERR_CQ_RESPONSE_TOO_LARGE' })
    }
  })

  test('counts decoded bytes: a bomb is cut long before it has unfolded', async () => {
    const bombs = {
      gzip: gzipSync(Buffer.alloc(60e6)),
      // The best quality, which is the default, takes seconds.
      br: brotliCompressSync(Buffer.alloc(60e6), {
        params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
      }),
      deflate: deflateSync(Buffer.alloc(60e6)),
    }
    for (const [encoding, bomb] of Object.entries(bombs)) {
      expect(bomb.length).toBeLessThan(64e3)
      const server = await serve((response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end(bomb),
      )
      const error = await failureOf(ask(clientOf(), server.origin, { kind: 'token' }))
      expect(error, encoding).toMatchObject({ code: 'ERR_CQ_RESPONSE_TOO_LARGE' })
      expect(server.seen).toHaveLength(1)
    }
  })

  test('an endless answer is cut, and its connection too', async () => {
    const server = await serve((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      }
      response.on('drain', more)
      more()
    })
    const error = await failureOf(ask(clientOf(), server.origin))
    expect(error).toMatchObject({ code: 'ERR_CQ_RESPONSE_TOO_LARGE' })
    await until(() => server.cut === 1)
  })
})

describe('R2: the encoding of an answer', () => {
  test('one layer is undone', async () => {
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ] as const) {
      const server = await serve((response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end(pack('{"a":1}')),
      )
      expect(textOf(await ask(clientOf(), server.origin))).toBe('{"a":1}')
    }
  })

  test.each(['UTF-8', 'utf8', 'identity', 'none', ' us-ascii '])(
    '%s is the name of none',
    async (encoding) => {
      const server = await serve((response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end('{"a":1}'),
      )
      expect(textOf(await ask(clientOf(), server.origin))).toBe('{"a":1}')
    },
  )

  test('gzip of nothing is nothing, whatever the status', async () => {
    for (const status of [200, 204, 304, 404]) {
      const server = await serve((response) =>
        response.writeHead(status, { 'content-encoding': 'gzip' }).end(),
      )
      expect(await ask(clientOf(), server.origin)).toMatchObject({
        status,
        bytes: new Uint8Array(),
      })
    }
  })

  test('deflate is undone with the header of zlib and without it', async () => {
    for (const pack of [deflateSync, deflateRawSync]) {
      const server = await serve((response) =>
        response.writeHead(200, { 'content-encoding': 'deflate' }).end(pack('{"a":1}')),
      )
      expect(textOf(await ask(clientOf(), server.origin))).toBe('{"a":1}')
    }
  })

  test.each(['gzip, gzip', 'gzip,br', 'identity, gzip', 'compress', 'aes128gcm', 'x'])(
    '%s is refused and its connection let go of',
    async (encoding) => {
      const server = await serve((response) => {
        response.writeHead(200, { 'content-encoding': encoding })
        response.write(gzipSync(gzipSync('{}')))
      })
      const error = await failureOf(ask(clientOf(), server.origin))
      expect(error).toMatchObject({ name: 'ResponseError', code: 'ERR_CQ_UNEXPECTED_CONTENT' })
      expect(server.seen).toHaveLength(1)
      await until(() => server.cut === 1)
    },
  )

  test('bytes that are not what the label says are an answer broken off', async () => {
    const server = await serve((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"a":1}'),
    )
    const error = await failureOf(ask(clientOf(), server.origin))
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY' })
  })
})

describe('R4: an answer that breaks off', () => {
  const broken: Readonly<Record<string, Record<string, string>>> = {
    'with a length': { 'content-length': '500' },
    'in chunks': {},
  }
  test.each(Object.entries(broken))(
    '%s is asked for again where that is safe',
    async (_, headers) => {
      for (const [retry, times] of [
        ['safe', 3],
        ['not-after-500', 3],
        ['never', 1],
      ] as const) {
        const server = await serve((response) => {
          response.writeHead(200, headers)
          response.write('{"a":', () => response.destroy())
        })
        expect(await failureOf(ask(clientOf(), server.origin, { retry }))).toMatchObject({
          code: 'ERR_CQ_INCOMPLETE_BODY',
          retryable: true,
          status: 200,
        })
        expect(server.seen).toHaveLength(times)
      }
    },
  )

  test('and is whole the second time is an answer', async () => {
    const server = await serve((response, number) => {
      response.writeHead(200, { 'content-length': '7' })
      if (number > 1) response.end('{"a":1}')
      else response.write('{"a"', () => response.destroy())
    })
    expect(textOf(await ask(clientOf(), server.origin))).toBe('{"a":1}')
    expect(server.seen).toHaveLength(2)
  })

  test('or is shorter than announced by a transport that does not count', async () => {
    const headers = new Headers({ 'content-length': '8' })
    const send = () => Promise.resolve({ status: 200, headers, body: new Response('{"a":1}').body })
    const error = await failureOf(ask(clientOf({ transport: { send } }), 'https://h.test/'))
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY' })
  })
})

describe('R7: the text of an answer', () => {
  test.each([
    ['José', bytesOf('José'), JSON_TYPE],
    ['José', bytesOf('\ufeffJosé'), JSON_TYPE],
    ['José', Uint8Array.of(0x4a, 0x6f, 0x73, 0xe9), `${JSON_TYPE}; charset=ISO-8859-1`],
    ['José', Uint8Array.of(0x4a, 0x6f, 0x73, 0xe9), `${JSON_TYPE};x=y; Charset = "latin1"`],
    ['é', Uint8Array.of(0xe9, 0), 'application/json; charset=utf-16le'],
    ['é', bytesOf('é'), 'application/json; charset='],
    ['é', bytesOf('é'), 'application/json; charset=utf-8-bom'],
    ['é', bytesOf('é'), 'application/json; charset="utf8mb4"'],
    ['é', bytesOf('é'), `application/json; charset=${'x'.repeat(9_000)}`],
    ['é', bytesOf('é'), `application/json${'; '.repeat(500_000)}; charset=latin1`],
  ])('is %j by its charset', (text, bytes, type) => {
    expect(textOf(answerOf(bytes, type))).toBe(text)
  })

  test.each([
    [Uint8Array.of(0x4a, 0xe9), JSON_TYPE],
    [Uint8Array.of(0xff, 0xfe, 0x7b, 0), JSON_TYPE],
    [Uint8Array.of(0xc0, 0x80), JSON_TYPE],
    [Uint8Array.of(0xed, 0xa0, 0x80), `${JSON_TYPE}; charset=utf-8`],
    [Uint8Array.of(0x7b), `${JSON_TYPE}; charset=utf-7`],
    [Uint8Array.of(0x7b), `${JSON_TYPE}; charset=iso-2022-kr`],
    [Uint8Array.of(0x7b), `${JSON_TYPE}; charset=EBCDIC-US`],
    [Uint8Array.of(0x4a, 0xe9), `${JSON_TYPE}; charset=MARK`],
    [Uint8Array.of(0x4a, 0xe9), `${JSON_TYPE}; charset=${'x'.repeat(9_000)}`],
  ])('never holds a replacement character: %j is refused', (bytes, type) => {
    const read = (): string => textOf(answerOf(bytes, type))
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_CQ_UNEXPECTED_CONTENT' }))
    expect(read).not.toThrow('MARK')
  })

  test('the media type has no parameters and no capitals', () => {
    expect(mediaTypeOf(answerOf('', ' Application/FHIR+JSON ; fhirVersion=4.0').headers)).toBe(
      'application/fhir+json',
    )
    expect(mediaTypeOf(answerOf('').headers)).toBe('')
  })
})

describe('JSON', () => {
  const codeOf = (answer: HttpResponse, kind: 'fhir' | 'plain' | 'labelled'): Promise<unknown> =>
    jsonOf(answer, kind).catch((error: unknown) => (error as { code: string }).code)
  const object = { a: 1 }
  const text = '{"a":1}'

  test.each([
    ['application/json; charset=utf-8', object, object, object],
    ['application/fhir+json;fhirVersion=4.0', object, object, object],
    ['application/json+fhir', object, object, 'ERR_CQ_UNEXPECTED_CONTENT'],
    ['application/vnd.x+json', object, object, object],
    ['text/html', object, object, 'ERR_CQ_UNEXPECTED_CONTENT'],
    ['text/json', object, object, 'ERR_CQ_UNEXPECTED_CONTENT'],
    [undefined, object, object, 'ERR_CQ_UNEXPECTED_CONTENT'],
  ])('labelled %s', async (type, fhir, plain, token) => {
    expect(await codeOf(answerOf(text, type), 'fhir')).toEqual(fhir)
    expect(await codeOf(answerOf(text, type), 'plain')).toEqual(plain)
    expect(await codeOf(answerOf(text, type), 'labelled')).toEqual(token)
  })

  test('without a right label is only what begins with a brace', async () => {
    expect(await codeOf(answerOf(' \r\n\t{"a":1}', 'text/plain'), 'fhir')).toEqual(object)
    expect(await codeOf(answerOf('\ufeff{"a":1}', 'text/plain'), 'fhir')).toEqual(object)
    for (const other of ['[1]', '"a"', '1', 'null', '', ' ', '<a/>', 'access_token=x']) {
      expect(await codeOf(answerOf(other, 'text/plain'), 'fhir')).toBe('ERR_CQ_UNEXPECTED_CONTENT')
    }
  })

  test('R12: says what came in its place, without repeating it', async () => {
    const told = async (body: string, type?: string): Promise<string> =>
      String(await failureOf(jsonOf(answerOf(body, type), 'fhir')))
    expect(await told('<!DOCTYPE html><b>MARK</b>', 'text/html')).toContain('is HTML and not JSON')
    expect(await told(' <HTML>MARK', 'text/plain')).toContain('is HTML')
    expect(await told('<Patient>MARK', 'application/fhir+xml')).toContain('is XML')
    expect(await told('', 'text/plain')).toContain('is empty')
    expect(await told('MARK', 'text/plain')).toContain('is text/plain')
    expect(await told('MARK', 'text/mark')).toContain('of no known type')
    expect(await told('MARK', 'MARK MARK')).toContain('of no known type')
    expect(await told('MARK', `text/${'x'.repeat(8_000)}`)).toContain('of no known type')
    for (const [body, type] of [
      ['<html>MARK', 'text/html'],
      ['MARK', 'x y'],
      ['{MARK', JSON_TYPE],
    ]) {
      expect(await told(body ?? '', type)).not.toContain('MARK')
    }
  })

  test('of a token is refused for its label, by name, where it is JSON all the same', async () => {
    const told = async (type: string): Promise<string> =>
      String(await failureOf(jsonOf(answerOf('{"a":1}', type), 'labelled')))
    expect(await told('text/html;charset=utf-8')).toContain('is labelled text/html and not JSON')
    expect(await told('text/mark')).toContain('is labelled with another type')
  })

  test.each(['latin1', 'windows-1252', 'us-ascii', 'utf8', 'iso-8859-15', 'koi8-r', 'shift_jis'])(
    'in %s is read by its label',
    async (charset) => {
      const answer = answerOf('{"a":1}', `application/json; charset=${charset}`)
      expect(await codeOf(answer, 'fhir')).toEqual(object)
    },
  )

  test('in UTF-16 is read by its label, and looked at as UTF-8 where it is large', async () => {
    const utf16 = (body: string): HttpResponse =>
      answerOf(
        new Uint8Array(Uint16Array.from(body, (letter) => letter.charCodeAt(0)).buffer),
        'application/json; charset=utf-16le',
      )
    expect(await codeOf(utf16(text), 'fhir')).toEqual(object)
    expect(await codeOf(utf16('['.repeat(1_000_000)), 'fhir')).toBe('ERR_CQ_INVALID_RESPONSE')
  })

  describe('that is large, and decoded in pieces', () => {
    const entry = Array.from({ length: 4_000 }, (_, id) => ({
      fullUrl: `https://fhir.example.org/Patient/${id}`,
      resource: { resourceType: 'Patient', id: String(id), name: [{ family: 'Müller' }] },
    }))
    const page = { resourceType: 'Bundle', entry, total: 4_000 }
    const text = JSON.stringify(page)
    const latin1 = Uint8Array.from(text, (letter) => letter.charCodeAt(0))

    test.each([
      ['as UTF-8', text, JSON_TYPE],
      ['with a byte order mark', `\ufeff${text}`, JSON_TYPE],
      ['in latin1', latin1, `${JSON_TYPE}; charset=iso-8859-1`],
      ['without a label, after white space', `${'\n'.repeat(5_000)}${text}`, 'text/plain'],
    ])('is read %s', async (_, body, type) => {
      expect(await jsonOf(answerOf(body, type), 'fhir')).toEqual(page)
    })

    test.each([
      ['a byte that is none of its charset, in an entry', latin1, 'ERR_CQ_UNEXPECTED_CONTENT'],
      ['a charset that is none', bytesOf(text), 'ERR_CQ_UNEXPECTED_CONTENT', 'utf-7'],
      ['an entry cut off', text.replace('"id":"2000"', '"id":"2000'), 'ERR_CQ_INVALID_JSON'],
      ['a page of HTML in its place', `<html>${text}`, 'ERR_CQ_INVALID_JSON'],
    ])('is an error with %s', async (_, body, code, charset = 'utf-8') => {
      const type = `${JSON_TYPE}; charset=${charset}`
      expect(await codeOf(answerOf(body, type), 'fhir')).toBe(code)
    })
  })

  test.each(['', '{', '{"a":1', '{"a":1}x', '{"a":NaN}', "{'a':1}", '<html>', '{"a":1}{"b":2}'])(
    'R6: JSON that says so and is not: %j',
    async (body) => {
      expect(await codeOf(answerOf(body, JSON_TYPE), 'labelled')).toBe('ERR_CQ_INVALID_JSON')
    },
  )

  test('R9: nested deeply is read where it is small, and rejected where it is not', async () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(Array.isArray(await codeOf(answerOf(nested(150_000), JSON_TYPE), 'fhir'))).toBe(true)
    expect(await codeOf(answerOf(nested(200_000), JSON_TYPE), 'fhir')).toBe(
      'ERR_CQ_INVALID_RESPONSE',
    )
    expect(await codeOf(answerOf('['.repeat(200_000), JSON_TYPE), 'fhir')).toBe(
      'ERR_CQ_INVALID_JSON',
    )
  })

  test('R8: leaves Object.prototype as it is', async () => {
    await jsonOf(
      answerOf('{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}', JSON_TYPE),
      'fhir',
    )
    expect({}).not.toHaveProperty('polluted')
  })
})
