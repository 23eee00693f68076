/** Several identities of one client, and what else of its options holds in mode udap. */
import { describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../../src/index.ts'
import { MemoryGuardBoard, type GuardBoard } from '../../../src/auth/guard-board.ts'
import { memoryLimits } from '../../../src/discover/memory-limits.ts'
import { trustStore } from '../../../src/udap/index.ts'
import {
  BASE_URL,
  claimsIn,
  COMMUNITY,
  headerIn,
  joined,
  REGISTER_URL,
  rejection,
  TOKEN_URL,
  udapWorld,
  type Json,
  type UdapWorld,
} from '../../support/udap-world.ts'
import { WITHOUT_REVOCATION } from '../../support/trust-world.ts'

const OTHER = 'urn:oid:2.999.77'

/** Two communities; the server takes part in the second one alone. */
async function twoCommunities(): Promise<{ world: UdapWorld; client: CarequalityClient }> {
  const world = await udapWorld()
  const trust = trustStore(
    [OTHER, COMMUNITY].map((community) => ({
      ...{ community, anchors: [world.trusted.root.der], revocation: WITHOUT_REVOCATION },
    })),
    { now: () => world.now },
  )
  const published = world.routes.get(`${BASE_URL}/.well-known/udap`)
  world.routes.set(`${BASE_URL}/.well-known/udap`, (request) =>
    request.url.includes(encodeURIComponent(OTHER)) || published === undefined
      ? new Response(null, { status: 204 })
      : published(request),
  )
  const identities = {
    HPAYMT: world.udap({ trust, community: OTHER }),
    TREAT: world.udap({ trust, community: COMMUNITY }),
  }
  const client = new CarequalityClient({
    ...{ mode: 'udap', identities, fetch: world.fetch, now: () => world.now },
  })
  return { world, client }
}

const communities = (world: UdapWorld): (string | null)[] =>
  world
    .of(`${BASE_URL}/.well-known/udap`)
    .map(({ url }) => new URL(url).searchParams.get('community'))

describe('identities of two communities', () => {
  test('a server is discovered in the community of the identity that the purpose chooses', async () => {
    const { world, client } = await twoCommunities()
    const responder = await client.as({ purposeOfUse: 'TREAT' }).responder({ baseUrl: BASE_URL })
    expect(responder.capabilities.udap?.community).toBe(COMMUNITY)
    await responder.patients.read('1')
    expect(communities(world)).toEqual([COMMUNITY])
  })

  test('without a purpose it is discovered for the first one', async () => {
    const { world, client } = await twoCommunities()
    expect(await rejection(client.responder({ baseUrl: BASE_URL }))).toMatchObject({
      code: 'ERR_CQ_NO_UDAP',
    })
    expect(communities(world)).toEqual([OTHER])
  })

  test('what was verified for one identity is not shown as verified for the other', async () => {
    const { world, client } = await twoCommunities()
    const treat = await client.as({ purposeOfUse: 'TREAT' }).responder({ baseUrl: BASE_URL })
    const other = treat.as({ purposeOfUse: 'HPAYMT' })
    expect(other.capabilities.udap).toBeUndefined()
    expect(await rejection(other.patients.read('1'))).toMatchObject({ code: 'ERR_CQ_NO_UDAP' })
    expect(world.of(REGISTER_URL)).toEqual([])
  })

  test('a purpose that no identity has is a TypeError before anything is sent', async () => {
    const { world, client } = await twoCommunities()
    const nobody = client.as({ purposeOfUse: 'HRESCH' })
    expect(await rejection(nobody.responder({ baseUrl: BASE_URL }))).toMatchObject({
      ...{ name: 'TypeError', message: '"identities" has none for this "purposeOfUse"' },
    })
    expect(world.of(`${BASE_URL}/.well-known/udap`)).toEqual([])
  })
})

describe('options of a client in mode udap', () => {
  test('the token guard of the limits counts its token requests', async () => {
    const world = await udapWorld()
    const states: string[] = []
    const board = new MemoryGuardBoard(() => world.now)
    const tokenGuard: GuardBoard = {
      update: (key, change) => {
        states.push(key)
        return board.update(key, change)
      },
    }
    const client = joined(world, { limits: { ...memoryLimits(() => world.now), tokenGuard } })
    const { patients } = await client.responder({ baseUrl: BASE_URL })
    await patients.read('1')
    expect(states.length).toBeGreaterThan(0)
  })

  test('"assertion" shapes the assertions of token requests, and no software statement', async () => {
    const world = await udapWorld()
    const assertion = { lifetimeMs: 60_000, headers: { typ: 'client-authentication+jwt' } }
    const { patients } = await joined(world, { assertion }).responder({ baseUrl: BASE_URL })
    await patients.read('1')
    const form = new URLSearchParams(world.of(TOKEN_URL)[0]?.body)
    const jwt = form.get('client_assertion') ?? ''
    const life = ({ exp, iat }: Json): number => Number(exp) - Number(iat)
    expect(headerIn(jwt).typ).toBe('client-authentication+jwt')
    expect(life(claimsIn(jwt))).toBe(60)
    const { software_statement: statement } = JSON.parse(world.of(REGISTER_URL)[0]?.body ?? '') as {
      software_statement: string
    }
    expect(headerIn(statement).typ).toBe('JWT')
    expect(life(claimsIn(statement))).toBe(240)
  })

  test.each([
    ['scopeFallback', { scopeFallback: true }],
    ['assertion.x5c', { assertion: { x5c: false } }],
  ])('"%s", which mode udap does not take, is a TypeError', async (name, options) => {
    const world = await udapWorld()
    expect(() => joined(world, options)).toThrow(`"${name}" must be left out in mode udap`)
  })
})
