/** The optional peer `undici`, loaded when a transport is made and not before. The only file that names it. */
import { createRequire } from 'node:module'

import type * as Undici from 'undici'

/** What is used of undici. */
export type UndiciModule = Pick<typeof Undici, (typeof USED)[number]>

const USED = ['Agent', 'EnvHttpProxyAgent', 'Pool', 'buildConnector'] as const

/** Loads undici 7; a TypeError says how to install it. */
export function loadUndici(): UndiciModule {
  const required: unknown = tryRequire()
  if (!isUndici(required)) {
    throw new TypeError('nodeTransport needs the package "undici" 7: npm install undici@7')
  }
  return required
}

function tryRequire(): unknown {
  try {
    return createRequire(import.meta.url)('undici')
  } catch {
    return undefined
  }
}

function isUndici(value: unknown): value is UndiciModule {
  return typeof value === 'object' && value !== null && USED.every((name) => name in value)
}
