/** The commands for trying and for repair. */
import type { CommandSpec } from './command.ts'

export const toolCommands: readonly CommandSpec[] = [
  {
    name: 'doctor',
    summary: 'find out what is wrong, and who can cure it',
    ...{ operands: '[OID]', minOperands: 0, maxOperands: 1 },
    description: [
      'Walks from the key to a patient: key, certificate, chain, validity, names, directory key, endpoint, metadata, token endpoint, clock, the assertion claim by claim, one real token request, and one read if --patient is given. Each step passed, failed or was not reached; a failure comes with evidence, the cure, and who can cure it.',
      "A refused API key is tried at the same directory's other environments, unless --only-this-environment is given.",
      'The exit code is 10 where a step failed.',
    ],
    options: [
      {
        name: 'patient',
        value: 'ID',
        help: 'Read this patient as the last step. Nothing of it is shown.',
      },
      { name: 'only-this-environment', help: 'Do not try a refused API key elsewhere.' },
    ],
    settings: [
      ...['organization', 'baseUrl', 'tokenEndpoint', 'mode', 'clientId', 'keyFile'],
      ...['keyPassphrase', 'keyPassphraseFile', 'certificatesFile', 'jwksUrl', 'scope'],
      ...['apiKey', 'apiKeyFile'],
    ],
    examples: [
      ['With the settings of this folder', 'doctor'],
      ['Where all is well', 'doctor --sandbox'],
    ],
    seeAlso: ['capabilities', 'egress', 'registration-letter'],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'sandbox',
    summary: 'serve a network on loopback ports, to try curl on',
    ...{ operands: '', minOperands: 0, maxOperands: 0 },
    description: [
      'Serves the directories, FHIR servers, their strict authorization servers and three UDAP servers with their authorities on ports of this machine until Ctrl-C. All patients are invented.',
      "With --write it puts the sandbox's keys, certificates, API key and two settings files into a folder: other commands take them by --config.",
    ],
    options: [
      {
        name: 'write',
        value: 'FOLDER',
        help: 'Write key, certificates and settings into this folder.',
      },
    ],
    settings: [],
    examples: [
      ['In one terminal', 'sandbox --write sandbox'],
      ['In another', 'patient read 1316024 --config sandbox/carequality.config.json --curl'],
      ['In mode udap', 'udap discover --config sandbox/udap.config.json'],
    ],
    seeAlso: ['doctor'],
    runsUntilStopped: true,
    load: () => import('./commands/sandbox.ts'),
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    ...{ operands: 'bash|zsh|fish', minOperands: 1, maxOperands: 1 },
    description: ['Completes commands, options and their choices.'],
    options: [],
    settings: [],
    examples: [
      ['bash', 'completion bash > /etc/bash_completion.d/carequality-fhir'],
      ['zsh', 'completion zsh > "${fpath[1]}/_carequality-fhir"'],
      ['fish', 'completion fish > ~/.config/fish/completions/carequality-fhir.fish'],
    ],
    seeAlso: [],
    load: () => import('./commands/completion.ts'),
  },
]
