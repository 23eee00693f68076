/** The commands that look at a network: directory, endpoints, servers. */
import type { CommandSpec } from './command.ts'
import type { OptionSpec } from './command-facts.ts'

const DIRECTORY = [
  ...['release', 'environment', 'directoryUrl', 'apiKey', 'apiKeyFile', 'snapshot', 'timeout'],
  ...['caFile', 'proxy', 'tlsCertificateFile', 'tlsKeyFile', 'tlsOrigins'],
]
const WHERE = ['organization', 'baseUrl', 'tokenEndpoint']

const SEARCH: readonly OptionSpec[] = [
  { name: 'name', value: 'TEXT', help: 'The beginning of the name, or of a word in it.' },
  { name: 'identifier', value: 'OID', help: 'An OID or another identifier.' },
  { name: 'city', value: 'TEXT', help: 'The city.' },
  { name: 'state', value: 'TEXT', help: 'The state, for example TX.' },
  { name: 'postal-code', value: 'TEXT', help: 'The postal code.' },
  { name: 'part-of', value: 'OID', help: 'Organizations directly below this one.' },
  { name: 'limit', value: 'NUMBER', help: 'How many at most. Default 20.' },
]

export const networkCommands: readonly CommandSpec[] = [
  {
    name: 'directory get',
    summary: 'show one organization of the directory',
    ...{ operands: 'OID', minOperands: 1, maxOperands: 1 },
    description: [
      'Reads the entry and shows its name, its addresses and contacts, and each endpoint with whether it would be selected, and why.',
    ],
    options: [],
    settings: DIRECTORY,
    examples: [['The entry of the connectathon guides', 'directory get 2.16.840.1.113883.3.13.1']],
    seeAlso: ['endpoint', 'directory search'],
    load: () => import('./commands/directory-get.ts'),
  },
  {
    name: 'directory search',
    summary: 'search the directory by name, place or parent',
    ...{ operands: '', minOperands: 0, maxOperands: 0 },
    description: ['Lists what fits all criteria. What a directory does not know it may ignore.'],
    options: SEARCH,
    settings: DIRECTORY,
    examples: [['Clinics in Texas', 'directory search --name clinic --state TX']],
    seeAlso: ['directory get', 'directory list'],
    load: () => import('./commands/directory-search.ts'),
  },
  {
    name: 'directory list',
    summary: 'list the whole directory',
    ...{ operands: '', minOperands: 0, maxOperands: 0 },
    description: [
      'Prints each entry as it comes, in flat memory. With --json one JSON value a line. The account of what may be missing is on stderr.',
    ],
    options: [{ name: 'limit', value: 'NUMBER', help: 'How many at most. Default: all.' }],
    settings: DIRECTORY,
    examples: [['All entries, for another program', 'directory list --json > entries.ndjson']],
    seeAlso: ['directory mirror'],
    load: () => import('./commands/directory-list.ts'),
  },
  {
    name: 'directory mirror',
    summary: 'make or refresh a local copy of the directory',
    ...{ operands: 'FILE', minOperands: 1, maxOperands: 1 },
    description: [
      'Writes a copy that "snapshot" and DirectorySnapshot.load take. Where FILE is a copy already, only what changed is fetched, where the directory can be asked so.',
      'Pages are kept in FILE.pages until the copy is whole: after an interruption the same command goes on where it stopped. Pages older than six hours are fetched again.',
    ],
    options: [
      { name: 'full', help: 'Read the whole directory, which finds deletions as well.' },
      { name: 'page-size', value: 'NUMBER', help: "Entries a page. Default: the release's own." },
    ],
    settings: DIRECTORY,
    examples: [['A copy for later', 'directory mirror directory.ndjson']],
    seeAlso: ['directory list', 'egress'],
    load: () => import('./commands/directory-mirror.ts'),
  },
  {
    name: 'endpoint',
    summary: 'select the FHIR endpoint of an organization',
    ...{ operands: 'OID', minOperands: 1, maxOperands: 1 },
    description: [
      'Shows which endpoint is selected and why, the alternatives, and why each of the others was skipped. An organization without one is served by its nearest ancestor that has one.',
    ],
    options: [
      { name: 'fhir-version', value: 'VERSION', help: 'Major and minor count. Default 4.0.' },
      { name: 'test', help: 'Take endpoints of status "test" as well.' },
    ],
    settings: [...DIRECTORY, 'purposeOfUse'],
    examples: [['', 'endpoint 2.16.840.1.113883.3.13.1']],
    seeAlso: ['directory get', 'capabilities'],
    load: () => import('./commands/endpoint.ts'),
  },
  {
    name: 'capabilities',
    summary: 'show what a server publishes, and which token endpoint follows',
    ...{ operands: '[OID]', minOperands: 0, maxOperands: 1 },
    description: [
      'Reads the CapabilityStatement and the smart-configuration, and shows what was read, found and chosen, and why: "token" or "carequality-token", vendor quirks, trust.',
    ],
    options: [],
    settings: [...WHERE, ...DIRECTORY, 'mode', 'clientId', 'keyFile', 'certificatesFile'],
    examples: [
      ['A server that no directory lists', 'capabilities --base-url https://fhir.example.org/r4'],
    ],
    seeAlso: ['endpoint', 'token', 'doctor'],
    load: () => import('./commands/capabilities.ts'),
  },
  {
    name: 'egress',
    summary: 'list the hosts that a firewall must open',
    ...{ operands: '[OID ...]', minOperands: 0, maxOperands: 500 },
    description: [
      'Lists the hosts that are asked for these organizations, each with its port and what it is for: directory, FHIR servers, token endpoints, and where certificates point to. Without an OID: the settings\' organization, or all endpoints of the copy that "snapshot" names.',
    ],
    options: [],
    settings: [...WHERE, ...DIRECTORY, 'mode', 'clientId', 'keyFile', 'certificatesFile'],
    examples: [['For the firewall team', 'egress 2.16.840.1.113883.3.13.1 --json']],
    seeAlso: ['capabilities', 'directory mirror'],
    load: () => import('./commands/egress.ts'),
  },
]
