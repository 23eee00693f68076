/** From settings to the library's own options: the one place where the command line touches the network. */
import type { CarequalityClient } from '../client/client.ts'
import type { CarequalityClientOptions, CarequalityUdapOptions } from '../client/options.ts'
import type { Responder } from '../client/responder.ts'
import type { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryOptions } from '../directory/api/options.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import { parseUrl } from '../http/policies/parse-url.ts'
import { requireMode } from '../lib/modes.ts'
import type { Sandbox, SandboxUdap } from '../testing/index.ts'
import type { Audience, HttpOptions, Mode } from '../types.ts'
import type { UdapClient } from '../udap/udap-client.ts'
import { isGiven, type Context } from './context.ts'
import { Recorder } from './recorder.ts'
import { signerOf } from './signer-of.ts'
import type { Settings } from './settings.ts'
import { udapClientOf } from './udap-of.ts'

/** A network as the settings describe it, or the sandbox. */
export class Network {
  readonly recorder: Recorder
  readonly http: HttpOptions
  readonly mode: Mode
  readonly #settings: Settings
  readonly #sandbox: (Sandbox & { readonly udap: SandboxUdap }) | Sandbox | undefined

  private constructor(
    { settings, progress }: Context,
    sandbox: Sandbox | undefined,
    wire: (recorder: Recorder) => HttpOptions,
  ) {
    this.#settings = settings
    this.#sandbox = sandbox
    this.mode = requireMode(settings.text('mode')) ?? 'carequality-legacy'
    this.recorder = new Recorder((url) => progress.waitFor(parseUrl(url)?.host ?? ''))
    this.http = wire(this.recorder)
  }

  /** Loads what the settings need, and makes no request. */
  static async of(context: Context): Promise<Network> {
    const { io, settings } = context
    const { now, randomUUID } = io
    const onEvent = listenerOf(context)
    const shared = { now, randomUUID, onEvent, ...policyOf(settings) }
    if (isGiven(context, 'sandbox')) {
      const { createSandbox } = await import('../testing/index.ts')
      const sandbox = await createSandbox({
        ...{ now, randomUUID, udap: settings.text('mode') === 'udap', directorySize: 40 },
      })
      return new Network(context, sandbox, (recorder) => ({
        ...shared,
        fetch: recorder.fetch(sandbox.fetch),
      }))
    }
    if (io.fetch !== undefined) {
      const { fetch } = io
      return new Network(context, undefined, (recorder) => ({
        ...shared,
        fetch: recorder.fetch(fetch),
      }))
    }
    const { nodeTransport } = await import('../node/index.ts')
    const transport = nodeTransport(await tlsOf(settings))
    return new Network(context, undefined, (recorder) => ({
      ...shared,
      transport: recorder.transport(transport),
    }))
  }

  get sandbox(): Sandbox | undefined {
    return this.#sandbox
  }

  /** Who we are; in the sandbox its own client. */
  async identity(): Promise<Pick<CarequalityClientOptions, 'clientId' | 'signer'>> {
    const own = this.#sandbox?.options
    if (own !== undefined && this.#settings.text('keyFile') === undefined) {
      return { clientId: this.#settings.text('clientId') ?? own.clientId, signer: own.signer }
    }
    return { clientId: this.#settings.needed('clientId'), signer: await signerOf(this.#settings) }
  }

  /** The directory: a client, or the copy that `snapshot` names. */
  async directoryOptions(): Promise<DirectoryOptions> {
    const settings = this.#settings
    const own = this.#sandbox?.options.directory
    const release = settings.text('release') ?? 'carequality-stu3'
    const environment =
      settings.text('environment') ?? (own === undefined ? undefined : 'production')
    const isLegacy = release === 'carequality-stu3'
    return {
      ...this.http,
      release: releaseOf(release),
      environment:
        own !== undefined && (isLegacy || release === 'rce-r4')
          ? undefined
          : environmentOf(environment),
      baseUrl:
        settings.text('directoryUrl') ??
        (own !== undefined && release === 'rce-r4'
          ? 'https://directory.rce.example/fhir'
          : undefined),
      apiKey: own?.apiKey ?? (await this.#apiKey()),
    }
  }

  async directory(): Promise<DirectoryClient> {
    const { DirectoryClient } = await import('../index.ts')
    return new DirectoryClient(await this.directoryOptions())
  }

  /** Reads entries: from the copy where there is one. */
  async entries(): Promise<EntryReader | DirectoryOptions | undefined> {
    const settings = this.#settings
    const snapshot = settings.text('snapshot')
    if (snapshot !== undefined) return this.#snapshot(snapshot)
    const isConfigured =
      this.#sandbox !== undefined ||
      settings.text('apiKey') !== undefined ||
      settings.text('apiKeyFile') !== undefined
    return isConfigured ? this.directoryOptions() : undefined
  }

  /** The combined client; one that signs nothing needs no key. */
  async client(use: 'signing' | 'unsigned' = 'signing'): Promise<CarequalityClient> {
    const { CarequalityClient } = await import('../index.ts')
    const directory = await this.entries()
    const shared = { ...this.http, ...this.context(), directory }
    if (this.mode === 'udap') {
      const options: CarequalityUdapOptions = { ...shared, mode: 'udap', udap: await this.udap() }
      return new CarequalityClient(options)
    }
    return new CarequalityClient({ ...shared, mode: this.mode, ...(await this.#identityFor(use)) })
  }

  /** The UDAP identity. */
  async udap(): Promise<UdapClient> {
    return udapClientOf(this.#settings, this.http, this.#sandbox?.udap)
  }

  /** The server to ask: `baseUrl`, else the directory's for `organization`. */
  async responder(client: CarequalityClient): Promise<Responder> {
    const settings = this.#settings
    const baseUrl = settings.text('baseUrl') ?? this.#udapBase()
    const tokenEndpoint = settings.text('tokenEndpoint')
    if (baseUrl !== undefined) return client.responder({ baseUrl, tokenEndpoint })
    const usual = this.#sandbox === undefined ? undefined : SANDBOX_ORGANIZATION
    const oid = settings.text('organization') ?? usual ?? settings.needed('organization')
    return client.organization(oid)
  }

  /** Scope, purpose and audience of the settings. */
  context(): Pick<CarequalityClientOptions, 'scope' | 'purposeOfUse' | 'audience'> {
    const settings = this.#settings
    const usual = this.mode === 'udap' && this.#sandbox !== undefined ? 'TREAT' : undefined
    return {
      scope: settings.text('scope'),
      purposeOfUse: settings.list('purposeOfUse') ?? usual,
      audience: audienceOf(settings.text('audience')),
    }
  }

  async #identityFor(
    use: 'signing' | 'unsigned',
  ): Promise<Pick<CarequalityClientOptions, 'clientId' | 'signer'>> {
    const hasKey = this.#sandbox !== undefined || this.#settings.text('keyFile') !== undefined
    if (use === 'signing' || hasKey) return this.identity()
    const { placeholder } = await import('../diagnose/identity.ts')
    return { clientId: this.#settings.text('clientId') ?? 'none', signer: placeholder }
  }

  #udapBase(): string | undefined {
    const isUsual = this.mode === 'udap' && this.#settings.text('organization') === undefined
    return isUsual ? this.#sandbox?.udap?.servers.ssraa.baseUrl : undefined
  }

  async #apiKey(): Promise<string> {
    const file = await this.#settings.file('apiKeyFile')
    const key =
      file === undefined ? this.#settings.needed('apiKey') : new TextDecoder().decode(file)
    return key.trim()
  }

  async #snapshot(path: string): Promise<EntryReader> {
    const { loadSnapshot } = await import('./snapshot-of.ts')
    return loadSnapshot(this.#settings.path(path), this.http.now)
  }
}

/** Cerner's connectathon server, as the guides ask. */
export const SANDBOX_ORGANIZATION = '2.16.840.1.113883.3.13.1'

function releaseOf(text: string): 'carequality-stu3' | 'carequality-r4' | 'rce-r4' {
  return text === 'carequality-r4' || text === 'rce-r4' ? text : 'carequality-stu3'
}

function environmentOf(text: string | undefined): DirectoryOptions['environment'] {
  return text === 'production' || text === 'stage' || text === 'dev' ? text : undefined
}

function audienceOf(text: string | undefined): Audience | undefined {
  return text === undefined || text === 'token-endpoint' || text === 'issuer' ? text : { text }
}

function policyOf(settings: Settings): HttpOptions {
  const timeout = settings.text('timeout')
  const timeoutMs = timeout === undefined ? undefined : Number(timeout) * 1000
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw new TypeError('"timeout" must be a number of seconds above 0')
  }
  return {
    timeoutMs,
    trustedOrigins: settings.list('trustedOrigins')?.map(pairOf),
    allowedOrigins: settings.list('allowedOrigins'),
    allowedPrivateHosts: settings.list('allowedPrivateHosts'),
    allowInsecureLoopback: settings.flag('allowInsecureLoopback'),
  }
}

function pairOf(text: string): { fhir: string; token: string } {
  const [fhir = '', token = ''] = text.split('=')
  return { fhir, token }
}

async function tlsOf(
  settings: Settings,
): Promise<Parameters<typeof import('../node/index.ts').nodeTransport>[0]> {
  const proxy = settings.text('proxy')
  return {
    ca: await settings.file('caFile'),
    cert: await settings.file('tlsCertificateFile'),
    key: await settings.file('tlsKeyFile'),
    origins: settings.list('tlsOrigins'),
    proxy,
  }
}

/** With --verbose the library's events are printed; they hold no secrets and no patient's values. */
function listenerOf(context: Context): HttpOptions['onEvent'] {
  const { out, progress } = context
  const isVerbose = isGiven(context, 'verbose')
  return (event) => {
    progress.follow(event)
    if (!isVerbose) return
    const { type, at, ...details } = event
    out.note(`${new Date(at).toISOString()} ${type} ${JSON.stringify(details)}`)
  }
}
