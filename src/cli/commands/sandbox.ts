/** `sandbox`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSandbox, type Sandbox, type SandboxUdap } from '../../testing/index.ts'
import { textOf, type Context } from '../context.ts'
import { SANDBOX_ORGANIZATION } from '../network.ts'

/** Serves until Ctrl-C. */
export async function run(context: Context): Promise<undefined> {
  const { out, io, settings } = context
  const { now, randomUUID } = io
  const sandbox = await createSandbox({ now, randomUUID, directorySize: 40, udap: true })
  const listening = await sandbox.listen()
  const { directoryBaseUrl, origins, udapBaseUrls } = listening
  const folder = textOf(context, 'write')
  const path = folder === undefined ? undefined : settings.path(folder)
  if (path !== undefined) {
    await writeFiles(path, directoryBaseUrl, sandbox)
    await writeUdapFiles(path, udapBaseUrls?.ssraa, sandbox.udap)
  }
  const { apiKey } = sandbox.options.directory
  const entry = `${directoryBaseUrl}/Organization/${SANDBOX_ORGANIZATION}?apikey=${apiKey}&_format=xml`
  if (out.isJson) out.jsonLine({ directoryBaseUrl, origins, udapBaseUrls, apiKey, folder: path })
  else {
    out.title('The sandbox listens. Every patient is invented. Ctrl-C ends it.')
    out.table(
      [{ title: 'HOST' }, { title: 'HERE' }],
      Object.entries(origins).map(([host, origin]) => [host, origin]),
    )
    out.next([
      [`curl -s '${entry}'`, 'the first step of the connectathon guides'],
      path === undefined
        ? [
            'carequality-fhir sandbox --write FOLDER',
            'write key, certificates and settings for other commands',
          ]
        : [
            `carequality-fhir patient read 1316024 --config ${join(folder ?? '', 'carequality.config.json')}`,
            'the whole walk; with --curl as curl commands',
          ],
      path === undefined
        ? [`curl -s '${udapBaseUrls?.ssraa ?? ''}/.well-known/udap'`, 'metadata of a UDAP server']
        : [
            `carequality-fhir udap discover --config ${join(folder ?? '', 'udap.config.json')}`,
            'the same with a UDAP server; then udap register',
          ],
    ])
  }
  await untilStopped(io.signal)
  await listening.close()
}

async function writeFiles(path: string, directoryUrl: string, sandbox: Sandbox): Promise<void> {
  const { pem, options } = sandbox
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'key.pem'), pem.key, { mode: 0o600 })
  await writeFile(join(path, 'chain.pem'), pem.certificates)
  await writeFile(join(path, 'api-key.txt'), `${options.directory.apiKey}\n`, { mode: 0o600 })
  const settings = {
    ...{ directoryUrl, apiKeyFile: 'api-key.txt', clientId: options.clientId },
    ...{ keyFile: 'key.pem', certificatesFile: 'chain.pem', allowInsecureLoopback: true },
    organization: SANDBOX_ORGANIZATION,
  }
  await writeFile(join(path, 'carequality.config.json'), `${JSON.stringify(settings, null, 2)}\n`)
}

/** For the SSRAA server: the community's anchors, and a client with a certificate of it. */
async function writeUdapFiles(
  path: string,
  baseUrl: string | undefined,
  udap: SandboxUdap,
): Promise<void> {
  const { pem, clientUri, community } = await udap.identity('ssraa')
  const ofCommunity = udap.communities.find((one) => one.community === community)
  await writeFile(join(path, 'udap-key.pem'), pem.key, { mode: 0o600 })
  await writeFile(join(path, 'udap-chain.pem'), pem.certificates)
  await writeFile(join(path, 'udap-anchors.pem'), ofCommunity?.anchors ?? '')
  const settings = {
    ...{ mode: 'udap', baseUrl, allowInsecureLoopback: true, purposeOfUse: ['TREAT'] },
    ...{ keyFile: 'udap-key.pem', certificatesFile: 'udap-chain.pem' },
    ...{ udapClientUri: clientUri, udapClientName: 'Example Hospital (sandbox)' },
    ...{ udapContacts: ['mailto:it@example-hospital.org'], udapCommunity: community },
    ...{ udapAnchorsFile: 'udap-anchors.pem', udapOrganizationId: udap.homeCommunityId },
    registrationsFile: 'registrations.json',
  }
  await writeFile(join(path, 'udap.config.json'), `${JSON.stringify(settings, null, 2)}\n`)
}

/** The sandbox's own ports do not keep the process alive. */
function untilStopped(signal: AbortSignal): Promise<void> {
  const alive = setInterval(() => undefined, 60_000)
  return new Promise((resolve) => {
    const stop = (): void => {
      clearInterval(alive)
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
