/** Redirects to where nobody may be led, and the few that may be followed. */
import { ALL, GET_STAGES, POST_STAGES, recovers, refused, type FaultRow } from '../cases.ts'
import type { Play, Reply, StageId, World } from '../world.ts'

const REDIRECTS = [301, 302, 303, 307, 308]

function threat(stage: StageId): string {
  if (stage === 'token') return 'A2'
  if (stage.startsWith('directory')) return 'A12'
  return stage === 'search' || stage === 'page' || stage === 'match' ? 'A3' : 'A1'
}

function redirect(status: number, location: string | undefined): Reply {
  return { status, body: '', headers: location === undefined ? {} : { location } }
}

const TO_EVIL = refused(['ERR_CQ_REDIRECT_REFUSED'])

const toEvil: readonly FaultRow[] = REDIRECTS.map((status) => ({
  ...{ group: 'redirect to another origin', threat, stages: ALL, expect: TO_EVIL },
  name: `${status} to another origin`,
  play: ({ world }) => redirect(status, world.evil),
}))

/** Where a redirect may point, by name. */
const TARGETS: readonly (readonly [string, (world: World, play: Play) => string | undefined])[] = [
  ['the same path at another port', (world, { request }) => world.evilOrigin + request.url],
  [
    'another name of the same host',
    (world, { request }) => named(world, 'localhost') + request.url,
  ],
  ['another host', () => 'https://evil.example/fhir?stolen=1'],
  ['user info that looks like our host', (world) => evilWithUserInfo(world)],
  ['a scheme-relative address', (world) => world.evil.replace('http:', '')],
  ['a backslash address', (world) => world.evil.replace('http://', '\\\\')],
  ['file:', () => 'file:///etc/passwd'],
  ['data:', () => 'data:application/fhir+json,{"resourceType":"Patient"}'],
  ['javascript:', () => 'javascript:alert(1)'],
  ['the metadata address', () => 'http://169.254.169.254/latest/meta-data/'],
  ['a private address', () => 'https://10.0.0.1/fhir'],
  ['nowhere', () => undefined],
  ['an empty address', () => ''],
  ['no address', () => 'http://'],
  ['http after https', () => 'http://fhir.example.org/'],
]

function named(world: World, host: string): string {
  return world.origin.replace('127.0.0.1', host)
}

function evilWithUserInfo(world: World): string {
  return world.evil.replace('http://', `http://${new URL(world.origin).host}@`)
}

const elsewhere: readonly FaultRow[] = TARGETS.map(([name, target]) => ({
  ...{ group: 'redirect elsewhere', threat, stages: ALL },
  name: `302 to ${name}`,
  play: (play) => redirect(302, target(play.world, play)),
  // An empty Location is the request's own URL: a loop.
  expect: (stage) =>
    name === 'an empty address' && GET_STAGES.includes(stage)
      ? refused(['ERR_CQ_REDIRECT_REFUSED'], [4, 4])
      : TO_EVIL,
}))

const itself: readonly FaultRow[] = [
  {
    ...{ group: 'redirect loop', threat, stages: GET_STAGES },
    name: '302 to itself, for ever',
    play: ({ request }) => redirect(302, request.url),
    expect: refused(['ERR_CQ_REDIRECT_REFUSED'], [4, 4]),
  },
  {
    ...{ group: 'redirect loop', threat, stages: GET_STAGES },
    name: '307 further and further on the same origin',
    play: ({ request, number }) => redirect(307, onward(request.url, number)),
    expect: refused(['ERR_CQ_REDIRECT_REFUSED'], [4, 4]),
  },
  ...REDIRECTS.map((status): FaultRow => ({
    ...{ group: 'redirect on the same origin', threat, stages: GET_STAGES, times: 1 },
    name: `${status} on the same origin, once`,
    play: ({ request }) => redirect(status, onward(request.url, 1)),
    expect: recovers([2, 2]),
  })),
  ...REDIRECTS.map((status): FaultRow => ({
    ...{ group: 'redirect of a POST', threat, stages: POST_STAGES },
    name: `${status} of a POST on the same origin`,
    play: ({ request }) => redirect(status, request.url),
    expect: TO_EVIL,
  })),
  {
    ...{ group: 'redirect with user info', threat, stages: GET_STAGES },
    name: '302 to itself with user info',
    play: ({ world, request }) =>
      redirect(302, world.origin.replace('://', '://user:MARK@') + request.url),
    expect: refused(['ERR_CQ_ORIGIN_REFUSED']),
  },
]

function onward(url: string, number: number): string {
  const [front = '', back] = url.split('&hop=')
  return back === undefined && !front.includes('?')
    ? `${front}?hop=${number}`
    : `${front.replace(/\?hop=.*/, '?')}&hop=${number}`
}

export const REDIRECT_ROWS: readonly FaultRow[] = [...toEvil, ...elsewhere, ...itself]
