/** Registrations that a server has lost, refused, or is asked about for too long. */
import { describe, expect, test } from 'vitest'
import type { Signer } from '../../../src/index.ts'
import {
  memoryRegistrations,
  type Registration,
  type RegistrationStore,
} from '../../../src/udap/index.ts'
import {
  BASE_URL,
  claimsIn,
  joined,
  REGISTER_URL,
  registered,
  rejection,
  TOKEN_URL,
  udapWorld,
  type UdapWorld,
} from '../../support/udap-world.ts'

const MINUTE = 60_000

interface Forgetful extends UdapWorld {
  /** Client ids that the server knows. */
  readonly clients: string[]
  readonly registrations: RegistrationStore
  readonly read: () => Promise<string>
}

/** A server that can forget its clients, and a store that processes share. */
async function forgetful(): Promise<Forgetful> {
  const world = await udapWorld()
  const clients: string[] = []
  world.routes.set(REGISTER_URL, ({ body }) => {
    const clientId = `cid-${world.of(REGISTER_URL).length}`
    clients.push(clientId)
    return registered(body, clientId)
  })
  world.routes.set(TOKEN_URL, ({ body }) => {
    const jwt = new URLSearchParams(body).get('client_assertion') ?? ''
    return clients.includes(String(claimsIn(jwt).sub))
      ? Response.json({ access_token: 'T0KEN', token_type: 'Bearer', expires_in: 60 })
      : Response.json({ error: 'invalid_client' }, { status: 400 })
  })
  const registrations = memoryRegistrations({ now: () => world.now })
  const process = reader(world, registrations)
  return Object.assign(world, { clients, registrations, read: process })
}

/** Reads a Patient as one process does: its outcome, or the OAuth error. */
function reader(world: UdapWorld, registrations: RegistrationStore): () => Promise<string> {
  const client = joined(world, { udap: world.udap({ registrations }) })
  return async () => {
    try {
      const { patients } = await client.responder({ baseUrl: BASE_URL })
      await patients.read('1')
      return 'read'
    } catch (error) {
      return String((error as { error?: unknown }).error ?? error)
    }
  }
}

describe('a registration that the server has lost', () => {
  test('is renewed at once the first time, however new it is, and then once an hour in all processes', async () => {
    const world = await forgetful()
    expect(await world.read()).toBe('read')
    world.now += 10 * MINUTE
    world.clients.length = 0
    expect(await world.read()).toBe('read')
    expect(world.of(REGISTER_URL)).toHaveLength(2)
    world.now += 10 * MINUTE
    world.clients.length = 0
    expect(await world.read()).toBe('invalid_client')
    expect(await reader(world, world.registrations)()).toBe('invalid_client')
    expect(world.of(REGISTER_URL)).toHaveLength(2)
    world.now += 50 * MINUTE
    expect(await world.read()).toBe('read')
    expect(world.of(REGISTER_URL)).toHaveLength(3)
  })

  test('is not renewed again within the hour after the server rejected the renewal', async () => {
    const world = await forgetful()
    await world.read()
    world.clients.length = 0
    world.now += 2 * MINUTE
    world.routes.set(REGISTER_URL, () => Response.json({ error: 'access_denied' }, { status: 400 }))
    expect(await world.read()).toBe('access_denied')
    world.now += 2 * MINUTE
    expect(await world.read()).toBe('invalid_client')
    expect(await reader(world, world.registrations)()).toBe('invalid_client')
    expect(world.of(REGISTER_URL)).toHaveLength(2)
  })

  test.each([
    ['of an older version, without a time of renewal', {}],
    ['that a clock in the future wrote', { at: 4e12 }],
    ['that a clock in the future renewed', { renewedAt: 4e12 }],
  ])('%s, is renewed at once', async (_title, change) => {
    const world = await forgetful()
    const { registrations } = world
    let stored: Registration | undefined
    const old: RegistrationStore = {
      ...registrations,
      get: (key, options) => {
        if (key.includes('unapproved')) return undefined
        const at = world.now - MINUTE
        stored ??= {
          clientId: 'old',
          scope: 's',
          grantTypes: [],
          leafThumbprint: 't',
          at,
          ...change,
        }
        return registrations.get(key, options) ?? stored
      },
    }
    expect(await reader(world, old)()).toBe('read')
    expect(world.of(REGISTER_URL)).toHaveLength(1)
  })
})

test('an unapproved statement is sent by no other process and after no restart', async () => {
  const world = await forgetful()
  world.routes.set(REGISTER_URL, () =>
    Response.json({ error: 'unapproved_software_statement' }, { status: 400 }),
  )
  for (let processes = 0; processes < 4; processes += 1) {
    const udap = world.udap({ registrations: world.registrations })
    expect(await rejection(udap.register(await udap.discover(BASE_URL)))).toMatchObject({
      ...{ code: 'ERR_CQ_REGISTRATION_REJECTED', error: 'unapproved_software_statement' },
      retryable: false,
    })
  }
  expect(world.of(REGISTER_URL)).toHaveLength(1)
})

test('a signer that is slow is waited for before the lease is taken', async () => {
  const world = await forgetful()
  const order: string[] = []
  const slow = (): Promise<Signer> => {
    order.push('signer')
    return Promise.resolve(world.signer)
  }
  const registrations: RegistrationStore = {
    ...world.registrations,
    lease: (key, options) => {
      order.push('lease')
      return world.registrations.lease(key, options)
    },
  }
  const udap = world.udap({ signer: slow, registrations })
  const metadata = await udap.discover(BASE_URL)
  await udap.register(metadata)
  await udap.update(metadata, { clientName: 'Other' })
  world.routes.set(REGISTER_URL, ({ body }) => registered(body, 'cid-1', { grant_types: [] }))
  await udap.cancel(metadata)
  expect(order).toEqual(['signer', 'lease', 'signer', 'lease', 'signer', 'lease'])
})

describe('metadata past its time', () => {
  test.each(['register', 'update', 'cancel'] as const)(
    'is verified anew before %s signs anything for it',
    async (what) => {
      const world = await forgetful()
      const udap = world.udap({ registrations: world.registrations })
      const metadata = await udap.discover(BASE_URL)
      world.now = metadata.expiresAt
      const body = await world.metadata({ claims: { exp: world.now / 1000 } })
      world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
      const call = {
        register: () => udap.register(metadata),
        update: () => udap.update(metadata, {}),
        cancel: () => udap.cancel(metadata),
      }[what]
      expect(await rejection(call())).toMatchObject({ code: 'ERR_CQ_UNTRUSTED', step: 'times' })
      expect(world.of(REGISTER_URL)).toEqual([])
    },
  )

  test('leads to where the server registers now', async () => {
    const world = await forgetful()
    const udap = world.udap({ registrations: world.registrations })
    const metadata = await udap.discover(BASE_URL)
    world.now = metadata.expiresAt
    const registration_endpoint = 'https://fhir.example.org/register-here'
    const endpoints = { registration_endpoint }
    const body = await world.metadata({ claims: endpoints, plain: endpoints })
    world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
    world.routes.set(registration_endpoint, (request) => registered(request.body, 'cid-9'))
    expect(await udap.register(metadata)).toMatchObject({ clientId: 'cid-9' })
    expect(world.of(REGISTER_URL)).toEqual([])
  })
})
