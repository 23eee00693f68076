import {
  isRecord,
  requireList,
  requireOneOf,
  requirePositive,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import { builtInQuirks, type QuirkEffect, type ServerFacts, type VendorQuirk } from './quirks.ts'

/** The combined effect of a server's quirks. */
export interface AppliedQuirks {
  readonly effect: QuirkEffect
  /** The quirk that set the token endpoint. */
  readonly tokenEndpointFrom: VendorQuirk | undefined
  /** Ids of those that applied, in order. */
  readonly ids: readonly string[]
  /** Ids of those that threw or returned something invalid; they count as not applying. */
  readonly failed: readonly string[]
}

/**
 * The built-in quirks, the user's after them or replacing those with the same id, without the
 * disabled ones.
 */
export function quirkList(
  own: readonly VendorQuirk[] = [],
  disabled: readonly string[] = [],
): readonly VendorQuirk[] {
  requireTexts(disabled, 'disabledQuirks')
  requireList(own, 'quirks')
  const given: readonly unknown[] = own
  for (const quirk of given) {
    if (!isRecord(quirk)) throw new TypeError('"quirks" must hold objects')
    requireText(quirk.id, 'quirks.id')
    requireText(quirk.evidence, 'quirks.evidence')
    for (const name of ['applies', 'apply']) {
      if (typeof quirk[name] !== 'function')
        throw new TypeError(`"quirks.${name}" must be a function`)
    }
  }
  const replaced = new Set(own.map(({ id }) => id))
  return [...builtInQuirks.filter(({ id }) => !replaced.has(id)), ...own].filter(
    ({ id }) => !disabled.includes(id),
  )
}

/** Runs the quirks in order; a later effect overrides an earlier one. */
export function applyQuirks(quirks: readonly VendorQuirk[], server: ServerFacts): AppliedQuirks {
  let effect: QuirkEffect = {}
  const ids: string[] = []
  const failed: string[] = []
  let tokenEndpointFrom: VendorQuirk | undefined
  for (const quirk of quirks) {
    try {
      if (!isYes(quirk.applies(server))) continue
      const change = checked(quirk.apply(server))
      effect = { ...effect, ...change }
      if (change.tokenEndpoint !== undefined) tokenEndpointFrom = quirk
      ids.push(quirk.id)
    } catch {
      failed.push(quirk.id) // The quirk is a user's code, and its message may quote anything.
    }
  }
  return { effect, tokenEndpointFrom, ids, failed }
}

/** Token form fields that the protocol itself fills. */
const PROTOCOL_FIELDS = ['grant_type', 'scope', 'client_assertion_type', 'client_assertion']

/** Anything but a boolean, null or undefined is invalid, a promise included. */
function isYes(answer: unknown): boolean {
  refusePromise(answer)
  if (typeof answer === 'boolean' || answer === undefined || answer === null) return answer === true
  throw new TypeError('a quirk must say whether it applies')
}

function refusePromise(value: unknown): void {
  if (!(value instanceof Promise)) return
  ignoreRejection(value)
  throw new TypeError('a quirk must not be async')
}

// By hand and not by zod: quirks run synchronously in `decide`, and zod is only loaded, by import(), when a Bundle arrives.
function checked(effect: unknown): QuirkEffect {
  refusePromise(effect)
  if (!isRecord(effect)) throw new TypeError('a quirk must return an object')
  const {
    tokenEndpoint,
    audience,
    accept,
    form,
    searchMethod,
    searchParameters,
    nextLinks,
    tokenRequestsPerMinute,
  } = effect
  const fields = pairs(form)
  if (fields !== undefined && PROTOCOL_FIELDS.some((name) => Object.hasOwn(fields, name))) {
    throw new TypeError('a quirk cannot replace the fields of the protocol')
  }
  return present({
    tokenEndpoint: optionalText(tokenEndpoint),
    audience:
      audience === 'issuer' || audience === 'token-endpoint' ? audience : audienceText(audience),
    accept: headerText(accept),
    form: fields,
    searchMethod: requireOneOf(searchMethod, ['post-then-get', 'post-only', 'get'], 'quirk'),
    searchParameters: pairs(searchParameters),
    nextLinks: requireOneOf(nextLinks, ['same-origin'], 'quirk'),
    tokenRequestsPerMinute: requirePositive(tokenRequestsPerMinute, 'quirk'),
  })
}

function present(effect: QuirkEffect): QuirkEffect {
  return Object.fromEntries(Object.entries(effect).filter(([, value]) => value !== undefined))
}

function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : requireText(value, 'quirk')
}

function headerText(value: unknown): string | undefined {
  const text = optionalText(value)
  if (text !== undefined && !/^[\x20-\x7e]+$/.test(text))
    throw new TypeError('a quirk must return a header value')
  return text
}

function audienceText(value: unknown): { text: string } | undefined {
  if (value === undefined) return undefined
  if (!isRecord(value)) throw new TypeError('a quirk must return an audience')
  return { text: requireText(value.text, 'quirk') }
}

function pairs(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined
  if (!isRecord(value)) throw new TypeError('a quirk must return names and values')
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [name, requireText(text, 'quirk')]),
  )
}
