/** `egress`. */
import { DirectorySnapshot } from '../../directory/index.ts'
import { isCarequalityError, selectEndpoint } from '../../index.ts'
import { parseUrl } from '../../http/policies/parse-url.ts'
import type { Context } from '../context.ts'
import { Network } from '../network.ts'
import { hostsInCertificates } from '../certificate-hosts.ts'
import { overNetwork } from '../session.ts'

/** A host, and what it is asked for. */
interface Host {
  readonly origin: string
  readonly uses: Set<string>
}

/** Lists the hosts. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  return overNetwork(
    context,
    (network) => collect(context, network),
    ({ hosts, missing, isCopy }) => {
      const rows = [...hosts.values()].map(({ origin, uses }) => {
        const { hostname = origin, port = '', protocol = '' } = parseUrl(origin) ?? {}
        const usual = protocol === 'http:' ? '80' : '443'
        return {
          host: hostname,
          port: port === '' ? usual : port,
          protocol: protocol.slice(0, -1),
          uses: [...uses],
        }
      })
      rows.sort((a, b) => (a.host < b.host ? -1 : 1))
      if (out.isJson) out.json({ hosts: rows, missing })
      else {
        out.table(
          [
            { title: 'HOST' },
            { title: 'PORT', right: true },
            { title: 'PROTOCOL' },
            { title: 'FOR', flexible: true },
          ],
          rows.map(({ host, port, protocol, uses }) => [host, port, protocol, uses.join(', ')]),
        )
        for (const line of missing) out.note(line)
        if (isCopy) out.note('Token endpoints are not in a copy: name organizations to see theirs.')
        const origins = [...hosts.keys()].filter((origin) => origin.startsWith('https:'))
        out.next([
          [
            `export CAREQUALITY_ALLOWED_ORIGINS=${origins.join(',')}`,
            'the same list as a setting: no request then leaves for another origin',
          ],
        ])
      }
      return missing.length > 0 ? 6 : undefined
    },
  )
}

async function collect(
  context: Context,
  network: Network,
): Promise<{
  hosts: ReadonlyMap<string, Host>
  missing: readonly string[]
  isCopy: boolean
}> {
  const { operands, settings, progress } = context
  const hosts = new Map<string, Host>()
  const missing: string[] = []
  const add = (url: string | undefined, use: string): void => {
    const origin = url === undefined ? undefined : parseUrl(url)?.origin
    if (origin === undefined || origin === 'null') return
    const host = hosts.get(origin) ?? { origin, uses: new Set<string>() }
    host.uses.add(use)
    hosts.set(origin, host)
  }
  for (const url of await hostsInCertificates(settings, network)) add(url, 'certificate status')
  const entries = await network.entries()
  if (entries !== undefined && !(entries instanceof DirectorySnapshot)) {
    add(network.recorder.requests[0]?.url, 'directory')
  }
  const usual = settings.text('organization')
  const oids = operands.length > 0 ? operands : usual === undefined ? [] : [usual]
  const isWhole = oids.length === 0 && settings.text('baseUrl') === undefined
  if (isWhole && entries instanceof DirectorySnapshot) {
    for (const entry of entries) {
      const { endpoint } = await selectEndpoint(entry, network.http)
      add(endpoint?.address, 'FHIR server')
    }
    return { hosts, missing, isCopy: true }
  }
  const client = await network.client('unsigned')
  try {
    const targets = oids.length > 0 ? oids : [undefined]
    for (const [index, oid] of targets.entries()) {
      if (targets.length > 1) progress.count(index, targets.length, 'organizations')
      try {
        const responder =
          oid === undefined ? await network.responder(client) : await client.organization(oid)
        add(responder.endpoint.address, 'FHIR server')
        const { tokenEndpoint, registrationEndpoint } = responder.capabilities
        add(tokenEndpoint, 'token endpoint')
        if (network.mode === 'udap') add(registrationEndpoint, 'registration')
      } catch (error) {
        if (!isCarequalityError(error) || oids.length < 2) throw error
        missing.push(`${oid ?? ''}: not known, ${error.code}`)
      }
    }
  } finally {
    await client.close()
  }
  for (const { url } of network.recorder.requests) {
    if (/\/Organization|\/Endpoint/.test(parseUrl(url)?.pathname ?? '')) add(url, 'directory')
    if (url.startsWith('http://')) add(url, 'certificate status')
  }
  return { hosts, missing, isCopy: false }
}
