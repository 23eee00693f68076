/** The commands about patients. What they print is patient data: keep it out of logs. */
import type { CommandSpec, OptionSpec } from './command.ts'

const SETTINGS = [
  ...['organization', 'baseUrl', 'tokenEndpoint', 'trustedOrigins', 'mode', 'clientId', 'keyFile'],
  ...['keyPassphrase', 'certificatesFile', 'scope', 'purposeOfUse', 'timeout'],
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
]
