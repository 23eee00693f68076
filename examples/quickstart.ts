/**
 * The walk of the connectathon guides: from an organization's id to a patient, each step shown.
 * Run it with `npm run demo`.
 */
import { CarequalityClient, type FetchLike, type Patient } from 'carequality-fhir'
import { network } from './_network.ts'

const { title, options, organization, patient, name } = await network()
const assertions: string[] = []
const client = new CarequalityClient({
  ...options,
  fetch: watched(options.fetch ?? globalThis.fetch),
})

print(`From an organization's id to a patient. The network: ${title}.`)

const responder = await client.organization(organization)
const { entry, capabilities, endpoint } = responder
step('The directory entry', [
  `${organization}  ${entry?.name ?? ''}`,
  `active: ${entry?.active === undefined ? 'it does not say' : String(entry.active)}, endpoints: ${entry?.endpoints.length ?? 0}`,
])

const why = responder.explain().steps
step('The endpoint, and why', lines(why.filter(({ what }) => / (selected|skipped): /.test(what))))
step(
  'The token URLs, and which one was selected',
  lines(why.filter(({ what }) => /^published|^token endpoint/.test(what))),
)

const token = await client.tokenProvider.getToken({
  tokenEndpoint: capabilities.tokenEndpoint ?? '',
  fhirBaseUrl: endpoint.address,
  scope: 'system/Patient.read',
  algorithms: capabilities.signingAlgorithms,
})
const [header = '', claims = ''] = (assertions.at(-1) ?? '').split('.')
step('The client assertion, signature cut', [
  `header  ${decoded(header)}`,
  `claims  ${decoded(claims)}`,
])

const now = options.now?.() ?? Date.now()
step('The access token', [
  `scope ${token.scope}, good for ${Math.round((token.expiresAt - now) / 1000)} s`,
])

step(`Patient/${patient}`, [described(await responder.patients.read(patient))])

const hits: string[] = []
for await (const hit of responder.patients.search({ name })) hits.push(described(hit))
step(`Patient?name=${name}`, hits)

await client.close()

/** The same fetch, which remembers each assertion that passes. */
function watched(fetch: FetchLike): FetchLike {
  return async (request) => {
    if (request.method === 'POST') {
      const assertion = new URLSearchParams(await request.clone().text()).get('client_assertion')
      if (assertion !== null) assertions.push(assertion)
    }
    return fetch(request)
  }
}

/** A part of the assertion as JSON, with the certificates counted and not shown. */
function decoded(part: string): string {
  return JSON.stringify(
    JSON.parse(Buffer.from(part, 'base64url').toString()),
    (member, value: unknown) =>
      member === 'x5c' && Array.isArray(value)
        ? `${value.length} certificate(s), leaf first`
        : value,
  )
}

function described({ id, name: names, birthDate, gender }: Patient): string {
  const first = names?.[0]
  return `${id ?? ''}  ${[...(first?.given ?? []), first?.family].join(' ')}, ${gender ?? 'no gender given'}, born ${birthDate ?? 'on no known date'}`
}

function lines(steps: readonly { readonly what: string; readonly why?: string }[]): string[] {
  return steps.flatMap(({ what, why: because }) =>
    because === undefined ? [what] : [what, `  because ${because}`],
  )
}

function step(what: string, details: readonly string[]): void {
  print(`\n${what}`)
  for (const line of details) print(`  ${line}`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
