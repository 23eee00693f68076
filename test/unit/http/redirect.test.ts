import { describe, expect, test } from 'vitest'
import { failureOf } from '../../support/answering-fetch.ts'
import { ask, clientOf, json, serve, until } from './loopback.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const SECRETS = { form: 'client_assertion=MARK&family=MARK', retry: 'not-after-500' } as const
const bearer = { authorization: 'Bearer MARK' }

describe('A2, A3: a redirect of a POST', () => {
  test.each(REDIRECTS)('%i is refused after one request, wherever it leads', async (status) => {
    const evil = await serve((response) => json(response))
    for (const location of [`${evil.origin}/take`, '/elsewhere', '//evil.test/']) {
      const server = await serve((response) => json(response, status, { location }))
      const error = await failureOf(ask(clientOf(), server.origin, SECRETS))
      expect(error).toMatchObject({ name: 'PolicyError', code: 'ERR_CQ_REDIRECT_REFUSED', status })
      expect((error as Error).message).not.toContain('/take')
      expect(server.seen).toHaveLength(1)
    }
    expect(evil.seen).toHaveLength(0)
  })
})

describe('A1: a redirect of a GET', () => {
  test.each(REDIRECTS)('%i is followed within the origin, with its headers', async (status) => {
    const server = await serve((response, _, { url }) => {
      if (url === '/end?a=1') json(response)
      else json(response, status, { location: '/end?a=1' })
    })
    const answer = await ask(clientOf(), `${server.origin}/start`, { headers: bearer })
    expect(answer.status).toBe(200)
    expect(server.seen.map(({ url }) => url)).toEqual(['/start', '/end?a=1'])
    expect(server.seen[1]).toMatchObject({ method: 'GET', headers: bearer })
  })

  test.each(['/r4/other', '/r4/Patient/1?a=1', '/r4', '/%724/x', '/R4/x', 'Patient/2', './x'])(
    '%s at or below the base is followed',
    async (location) => {
      const server = await serve((response, number) =>
        number === 1 ? json(response, 302, { location }) : json(response),
      )
      const asked = { base: `${server.origin}/r4/` }
      expect((await ask(clientOf(), `${server.origin}/r4/x`, asked)).status).toBe(200)
      expect(server.seen).toHaveLength(2)
    },
  )

  test.each([
    '/',
    '/other-hospital/Patient/1',
    '/r4x',
    '../x',
    '/r4/../x',
    '/r4/..%2fx',
    '/r4/%2e%2e/x',
    '/r4/..;/x',
    '/r4/%252e%252e/x',
  ])('%s outside of the base is refused: strangers may live there', async (location) => {
    const server = await serve((response, number) =>
      number === 1 ? json(response, 302, { location }) : json(response),
    )
    const asked = { base: `${server.origin}/r4`, headers: bearer }
    const error = await failureOf(ask(clientOf(), `${server.origin}/r4/x`, asked))
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', retryable: false })
    expect((error as Error).message).toContain('leaves the path of the base')
    expect(server.seen).toHaveLength(1)
  })

  test.each([
    'https://s3cret-t0ken.evil.test/',
    'https://zebulon.evil.test/',
    'https://x.1316024/',
  ])('an origin that repeats what was sent is not shown: %s', async (location) => {
    const server = await serve((response) => json(response, 302, { location }))
    const base = `${server.origin}/r4`
    const headers = { authorization: 'Bearer s3cret-t0ken' }
    const url = `${base}/Patient/1316024?family=Zebulon`
    const error = (await failureOf(ask(clientOf(), url, { base, headers }))) as Error
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED' })
    expect(error.message).not.toMatch(/s3cret|zebulon|1316024|https/i)
  })

  test('three hops are followed, a fourth is not', async () => {
    for (const [hops, works] of [
      [3, true],
      [4, false],
    ] as const) {
      const server = await serve((response, number) => {
        if (number > hops) json(response)
        else json(response, 302, { location: `hop-${number}` })
      })
      const outcome = ask(clientOf(), `${server.origin}/`)
      if (works) expect((await outcome).status).toBe(200)
      else expect(await failureOf(outcome)).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED' })
      expect(server.seen).toHaveLength(4)
    }
  })

  test('a loop ends after four requests, and is not tried again', async () => {
    const server = await serve((response) => json(response, 307, { location: '/' }))
    const error = await failureOf(ask(clientOf(), `${server.origin}/`))
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status: 307, retryable: false })
    expect(server.seen).toHaveLength(4)
  })

  test('another port of the same host is another origin', async () => {
    const other = await serve((response) => json(response))
    const server = await serve((response) => json(response, 307, { location: other.origin }))
    const error = await failureOf(ask(clientOf(), server.origin, { headers: bearer }))
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED' })
    expect((error as Error).message).toContain(`to another origin, ${other.origin}`)
    expect(other.seen).toHaveLength(0)
  })

  test.each([
    'https://evil.test/?x=MARK',
    '//evil.test/MARK',
    'https://127.0.0.1/',
    'http://localhost/',
    'http://169.254.169.254/latest/meta-data/MARK',
    'file:///etc/passwd',
    'data:application/json,{}',
    'javascript:alert(1)',
    'http://user:MARK@evil.test/',
    'https://[::1',
    '\\\\evil.test\\MARK',
  ])('%s is refused and its path not shown', async (location) => {
    const server = await serve((response) => json(response, 302, { location }))
    const error = await failureOf(ask(clientOf(), server.origin))
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED' })
    expect((error as Error).message).not.toContain('MARK')
    expect(server.seen).toHaveLength(1)
  })

  test('A7: http after https is refused', async () => {
    const asked: string[] = []
    const fetch = (request: Request): Promise<Response> => {
      asked.push(request.url)
      const location = 'http://localhost/r4'
      return Promise.resolve(new Response(null, { status: 302, headers: { location } }))
    }
    const error = await failureOf(ask(clientOf({ fetch }), 'https://localhost/r4'))
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED' })
    expect(asked).toEqual(['https://localhost/r4'])
  })

  test('user info in the same origin is not sent', async () => {
    const server = await serve((response) =>
      json(response, 302, { location: server.origin.replace('//', '//u:p@') }),
    )
    const error = await failureOf(ask(clientOf(), server.origin))
    expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
    expect(server.seen).toHaveLength(1)
  })

  test.each(REDIRECTS)('%i without a Location leads nowhere', async (status) => {
    const server = await serve((response) => json(response, status))
    const error = await failureOf(ask(clientOf(), server.origin))
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status })
    expect(server.seen).toHaveLength(1)
  })

  test.each([300, 304])('%i is no redirect', async (status) => {
    const server = await serve((response) => json(response, status, { location: '/x' }))
    expect((await ask(clientOf(), server.origin)).status).toBe(status)
    expect(server.seen).toHaveLength(1)
  })

  test('an opaque one, as browsers give it, is refused', async () => {
    const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
    const error = await failureOf(
      ask(clientOf({ fetch: () => Promise.resolve(opaque) }), 'https://fhir.example.org/'),
    )
    expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status: 0 })
  })

  test('the body of a refused redirect is let go of, however long it is', async () => {
    const server = await serve((response) => {
      response.writeHead(302, { location: 'https://evil.test/' })
      response.write('x'.repeat(1_000))
    })
    await failureOf(ask(clientOf(), server.origin))
    await until(() => server.cut === 1)
  })
})
