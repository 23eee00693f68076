/** The call of a user that leads to each stage, and what it must give. Web standards only: test/runtimes runs it everywhere. */
import type { CarequalityClient, CarequalityClientOptions, Responder } from '../../src/index.ts'
import { ATTACHMENT, BIRTHDATE, FAMILY, MRN, OID, PATIENT_ID, VERSION_ID } from './documents.ts'
import type { StageId, World } from './world.ts'

/** The end of a stage's call as text, so that right and wrong can be compared. */
export type StageCall = (client: CarequalityClient, world: Pick<World, 'base'>) => Promise<string>

function responder(client: CarequalityClient, world: Pick<World, 'base'>): Promise<Responder> {
  return client.responder({ baseUrl: world.base })
}

async function address(client: CarequalityClient): Promise<string> {
  const { endpoint } = await client.organization(OID)
  return endpoint.address
}

const read: StageCall = async (client, world) => {
  const { id, name, birthDate } = await (await responder(client, world)).patients.read(PATIENT_ID)
  return JSON.stringify([id, name?.[0]?.family, birthDate])
}

const search: StageCall = async (client, world) => {
  const { patients } = await responder(client, world)
  const ids: (string | undefined)[] = []
  const criteria = { family: FAMILY, birthdate: BIRTHDATE, identifier: `urn:oid:2.999.1|${MRN}` }
  for await (const { id } of patients.search(criteria)) ids.push(id)
  return ids.join()
}

export const CALLS: Readonly<Record<StageId, StageCall>> = {
  'directory-xml': address,
  'directory-r4': address,
  capability: read,
  smart: read,
  token: read,
  read,
  vread: async (client, world) => {
    const { patients } = await responder(client, world)
    const { id, meta } = await patients.vread(PATIENT_ID, VERSION_ID)
    return JSON.stringify([id, meta?.versionId])
  },
  history: async (client, world) => {
    const { patients } = await responder(client, world)
    const ids: (string | undefined)[] = []
    for await (const { versionId } of patients.history(PATIENT_ID)) ids.push(versionId)
    return ids.join()
  },
  search,
  page: search,
  match: async (client, world) => {
    const { patients } = await responder(client, world)
    const found = await patients.match({ name: [{ family: FAMILY }], birthDate: BIRTHDATE })
    return found.map(({ resource }) => resource.id).join()
  },
  everything: async (client, world) => {
    const { patients } = await responder(client, world)
    const ids: (string | undefined)[] = []
    for await (const { id } of patients.everything(PATIENT_ID)) ids.push(id)
    return ids.join()
  },
  binary: (client, world) => contentAt(client, world, 'Binary/b1'),
}

export async function contentAt(
  client: CarequalityClient,
  world: Pick<World, 'base'>,
  url: string,
): Promise<string> {
  const { body } = await (await responder(client, world)).fhir.binary(url)
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of body) text += decoder.decode(piece, { stream: true })
  return text + decoder.decode()
}

/** What the call gives where all goes well. */
export function wantedOf({ stage, base }: World): string {
  if (stage.startsWith('directory')) return base
  const wanted: Partial<Record<StageId, string>> = {
    vread: JSON.stringify([PATIENT_ID, VERSION_ID]),
    history: `${VERSION_ID},v-canary-0`,
    search: 'a,b',
    page: 'a,b,c',
    match: 'a',
    everything: `${PATIENT_ID},o1`,
    binary: ATTACHMENT,
  }
  return wanted[stage] ?? JSON.stringify([PATIENT_ID, FAMILY, BIRTHDATE])
}

export function directoryOf({
  stage,
  origin,
  path,
  apiKey,
}: Pick<World, 'stage' | 'origin' | 'path' | 'apiKey'>): CarequalityClientOptions['directory'] {
  return stage === 'directory-r4'
    ? { release: 'carequality-r4', baseUrl: `${origin}${path}/dirj`, apiKey }
    : { release: 'carequality-stu3', baseUrl: `${origin}${path}/dirx`, apiKey }
}
