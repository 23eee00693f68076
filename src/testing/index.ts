/** A sandbox network to try the library in, without a network. */
export { createSandbox } from './sandbox.ts'
export type { Sandbox, SandboxClientOptions } from './sandbox.ts'
export type { SandboxEntry } from './directory-data.ts'
export type { SandboxClient, SandboxOptions } from './options.ts'
export type { RecordedRequest } from './network.ts'
