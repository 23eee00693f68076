/** The commands about patients. What they print is patient data: keep it out of logs. */
import type { CommandSpec } from './command.ts'
import type { OptionSpec } from './command-facts.ts'

const SETTINGS = [
  ...['organization', 'baseUrl', 'tokenEndpoint', 'trustedOrigins', 'mode', 'clientId', 'keyFile'],
  ...['keyPassphrase', 'keyPassphraseFile', 'certificatesFile', 'scope', 'purposeOfUse', 'timeout'],
]
const CAUTION = 'The output is patient data.'

const DEMOGRAPHICS: readonly OptionSpec[] = [
  { name: 'family', value: 'NAME', help: 'The family name.' },
  { name: 'given', value: 'NAME', help: 'A given name.' },
  { name: 'birthdate', value: 'DATE', help: 'The date of birth, for example 1946-04-05.' },
  {
    name: 'gender',
    value: 'CODE',
    help: 'male, female, other or unknown.',
    choices: ['male', 'female', 'other', 'unknown'],
  },
  { name: 'identifier', value: 'ID', help: 'An identifier, as SYSTEM|VALUE.' },
  { name: 'postal-code', value: 'TEXT', help: 'The postal code.' },
  {
    name: 'from-file',
    value: 'FILE',
    help: 'Read the criteria from a JSON file, which shells do not keep.',
  },
  { name: 'limit', value: 'NUMBER', help: 'How many at most. Default 20.' },
]

export const patientCommands: readonly CommandSpec[] = [
  {
    name: 'patient read',
    summary: 'read one patient by id',
    ...{ operands: 'ID', minOperands: 1, maxOperands: 1 },
    description: ["Reads the Patient at the server of the settings' organization.", CAUTION],
    options: [],
    settings: SETTINGS,
    examples: [
      [
        'The patient of the connectathon guides',
        'patient read 1316024 --organization 2.16.840.1.113883.3.13.1',
      ],
    ],
    seeAlso: ['patient search', 'patient match'],
    load: () => import('./commands/patient-read.ts'),
  },
  {
    name: 'patient search',
    summary: 'search for patients',
    ...{ operands: '', minOperands: 0, maxOperands: 0 },
    description: [
      'Searches by POST where the server takes it, so that names stay out of URLs. A hit is not a match: servers compare by prefix, by sound, and some by any one of the criteria.',
      CAUTION,
    ],
    options: [{ name: 'name', value: 'TEXT', help: 'Any part of any name.' }, ...DEMOGRAPHICS],
    settings: SETTINGS,
    examples: [['As the connectathon guides do', 'patient search --name peters']],
    seeAlso: ['patient match', 'patient read'],
    load: () => import('./commands/patient-search.ts'),
  },
  {
    name: 'patient match',
    summary: 'ask whom the server knows by demographics ($match)',
    ...{ operands: '', minOperands: 0, maxOperands: 0 },
    description: ["Shows the candidates with the server's grade and score, best first.", CAUTION],
    options: [
      ...DEMOGRAPHICS,
      { name: 'only-certain', help: 'One match of which the server is certain, or none.' },
    ],
    settings: SETTINGS,
    examples: [['', 'patient match --family Peters --given Timothy --birthdate 1946-04-05']],
    seeAlso: ['patient search'],
    load: () => import('./commands/patient-match.ts'),
  },
  {
    name: 'discover',
    summary: 'ask many responders whether they know a patient',
    ...{ operands: '[TARGET ...]', minOperands: 0, maxOperands: 5000 },
    description: [
      'Asks each target, an OID or a base URL, by $match or search, and shows exactly one outcome for each: matched, candidates, no match, refused, or why there was no answer. The summary says whether every target has answered.',
      'With "snapshot", --near and --state select the targets from the copy. --plan says whom it would ask and what each would be sent, and asks nobody.',
      'The exit code is 11 where a target did not answer.',
      CAUTION,
    ],
    options: [
      ...DEMOGRAPHICS.filter(({ name }) => name !== 'limit'),
      { name: 'near', value: 'LAT,LON', help: 'Entries of the copy around this point.' },
      { name: 'miles', value: 'NUMBER', help: 'How far around it. Default 50.' },
      { name: 'state', value: 'CODE', help: 'Entries of the copy in this state.' },
      { name: 'deadline', value: 'SECONDS', help: 'Time for the whole run. Default 30.' },
      { name: 'concurrency', value: 'NUMBER', help: 'How many are asked at the same time.' },
      { name: 'full', help: 'Send all that is known at once, in place of little first.' },
      { name: 'plan', help: 'Say what would be done, and ask nobody.' },
    ],
    settings: [...SETTINGS, 'snapshot', 'apiKey', 'apiKeyFile', 'release', 'environment'],
    examples: [
      ['Two organizations', 'discover 2.999.10 2.999.20 --family Peters --birthdate 1946-04-05'],
      [
        'All within 50 miles',
        'discover --near 39.1,-94.6 --snapshot copy.ndjson --from-file patient.json --plan',
      ],
    ],
    seeAlso: ['patient match', 'directory mirror'],
    load: () => import('./commands/discover.ts'),
  },
]
