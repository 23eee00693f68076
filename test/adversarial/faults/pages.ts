/** Pages and records that are not those that were asked for. */
import { NOT_JSON, recovers, refused, type Expect, type FaultRow } from '../cases.ts'
import { history, next, patient, PATIENT_ID, searchset } from '../documents.ts'
import { fhir } from '../honest.ts'
import type { Play, StageId } from '../world.ts'

type Row = readonly [
  threat: string,
  name: string,
  stages: readonly StageId[],
  make: (play: Play) => object,
  expect: Expect,
]

const LINK_REFUSED = (received: Expect['received']): Expect =>
  refused(['ERR_CQ_NEXT_LINK_REFUSED'], [1, 1], { received })

function at({ world }: Play, number: number): object {
  return next(`${world.base}/Patient?page=${number}`)
}

const other = patient('other')
const observation = { resourceType: 'Observation', id: PATIENT_ID, status: 'final' }

const PAGES: readonly Row[] = [
  [
    'R19',
    'a page that is its own next',
    ['page'],
    (play) => searchset(['c'], [at(play, 2)]),
    LINK_REFUSED([3, 2]),
  ],
  [
    'R19',
    'the same hits under ever new links',
    ['page'],
    (play) => searchset(['a', 'b'], [at(play, play.number + 2)]),
    LINK_REFUSED([2, 2]),
  ],
  [
    'R19',
    'a search that gives page one again and again',
    ['search'],
    (play) => searchset(['a', 'b'], [next(`${play.world.base}/Patient/_search`)]),
    LINK_REFUSED([2, 1]),
  ],
  [
    'R22',
    'null for an entry',
    ['page'],
    () => ({ ...searchset(['c']), entry: [null, ...entries('c')] }),
    recovers(),
  ],
  [
    'R22',
    'entries of all kinds',
    ['page'],
    () => ({ ...searchset([]), entry: [7, 'x', [], {}, ...entries('c')] }),
    recovers(),
  ],
  ['R22', 'a null resource', ['page'], () => searchset([null, patient('c')]), recovers()],
  [
    'R22',
    'other types among the hits',
    ['page'],
    () => searchset([observation, patient('c')]),
    recovers(),
  ],
  [
    'R22',
    'an outcome among the hits',
    ['page'],
    () => searchset([{ resourceType: 'OperationOutcome', issue: [] }, patient('c')]),
    recovers(),
  ],
  ['R22', 'a hit twice', ['page'], () => searchset(['c', 'c', 'a']), recovers()],
  [
    'R22',
    'a hit without an id',
    ['page', 'search', 'match'],
    () => searchset([{ resourceType: 'Patient' }]),
    refused(NOT_JSON),
  ],
  [
    'R22',
    'a hit whose id is a number',
    ['page', 'search', 'match'],
    () => searchset([{ resourceType: 'Patient', id: 7 }]),
    refused(NOT_JSON),
  ],
  ['R21', 'another patient', ['read', 'vread'], () => other, refused(['ERR_CQ_OTHER_PATIENT'])],
  [
    'R21',
    'another type under the same id',
    ['read', 'vread'],
    () => observation,
    refused(NOT_JSON),
  ],
  ['R21', 'a Bundle', ['read', 'vread'], () => searchset([patient()]), refused(NOT_JSON)],
  ['R21', 'no id', ['read', 'vread'], () => ({ resourceType: 'Patient' }), refused(NOT_JSON)],
  [
    'R21',
    'an id that is a list',
    ['read', 'vread'],
    () => patient(PATIENT_ID, { id: [PATIENT_ID] }),
    refused(NOT_JSON),
  ],
  [
    'R21',
    'a lone Patient',
    ['search', 'page', 'match', 'history', 'everything'],
    () => patient(),
    refused(NOT_JSON),
  ],
  [
    'R21',
    'another patient among the versions',
    ['history'],
    () => ({
      ...history(),
      entry: [...(history() as { entry: object[] }).entry, { resource: other }],
    }),
    refused(NOT_JSON),
  ],
]

function entries(id: string): readonly object[] {
  return [{ resource: patient(id), search: { mode: 'match' } }]
}

const rows: readonly FaultRow[] = PAGES.map(([threat, name, stages, make, expect]) => ({
  ...{ group: `answers ${threat}`, threat, name, stages, expect },
  play: (play) => fhir(make(play)),
}))

/** Walks that end only because somebody counts. */
const walks: readonly FaultRow[] = [
  {
    ...{ group: 'answers R19', threat: 'R19', name: 'pages without an end', stages: ['page'] },
    play: (play) => fhir(searchset([`x${play.number}`], [at(play, play.number + 2)])),
    call: async (client, { base }) => {
      const { patients } = await client.responder({ baseUrl: base })
      const walk = patients.search({ family: 'Zebulon-Canary' }, { maxPages: 6 })
      return String((await walk.toArray({ max: 1e6 })).resources.length)
    },
    expect: refused(['ERR_CQ_PAGE_LIMIT'], [5, 5], { received: [7, 6] }),
  },
  {
    ...{
      group: 'answers R19',
      threat: 'R19',
      name: 'empty pages without an end',
      stages: ['page'],
    },
    play: (play) => fhir(searchset([], [at(play, play.number + 2)])),
    expect: refused(['ERR_CQ_NEXT_LINK_REFUSED'], [10, 11], { received: [2, 12] }),
  },
  {
    ...{ group: 'answers R19', threat: 'R19', name: 'pages in a circle', stages: ['page'] },
    play: (play) => fhir(searchset([`x${play.number}`], [at(play, 2 + (play.number % 3))])),
    expect: refused(['ERR_CQ_NEXT_LINK_REFUSED'], [3, 3], { received: [5, 4] }),
  },
]

export const PAGE_ROWS: readonly FaultRow[] = [...rows, ...walks]
