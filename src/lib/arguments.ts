/** Checks of what callers pass: a wrong argument is a `TypeError` that names the option. */

/** Throws unless `value` is a non-empty string. */
export function requireText(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`"${option}" must be a non-empty string`)
  }
  return value
}

/** Throws unless `value` is one of `allowed`, or undefined. */
export function requireOneOf<T extends string>(
  value: unknown,
  allowed: readonly T[],
  option: string,
): T | undefined {
  if (value === undefined) return undefined
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) {
    throw new TypeError(`"${option}" must be one of ${allowed.map((a) => `'${a}'`).join(', ')}`)
  }
  return found
}

/** Throws unless `value` is a finite number above zero, or undefined. */
export function requirePositive(value: unknown, option: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value > 0) || value === Infinity) {
    throw new TypeError(`"${option}" must be a number above 0`)
  }
  return value
}

/** Throws unless `value` is a whole number above zero, or undefined. */
export function requireWhole(value: unknown, option: string): number | undefined {
  const found = requirePositive(value, option)
  if (found !== undefined && !Number.isSafeInteger(found)) {
    throw new TypeError(`"${option}" must be a whole number`)
  }
  return found
}

/** Throws unless `value` is a function, or undefined where it is not needed. */
export function requireFunction(value: unknown, option: string, need?: 'needed'): void {
  if (value === undefined && need === undefined) return
  if (typeof value !== 'function') {
    throw new TypeError(`"${option}" must be a function`)
  }
}

/** Throws unless `value` is a boolean, or undefined. */
export function requireBoolean(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`"${option}" must be true or false`)
  }
}

/** Throws unless `value` is an array of strings, or undefined. */
export function requireTexts(value: unknown, option: string): void {
  if (value === undefined) return
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new TypeError(`"${option}" must be an array of strings`)
  }
}

/** Throws unless `value` is an array. */
export function requireList(value: unknown, option: string): void {
  if (!Array.isArray(value)) throw new TypeError(`"${option}" must be an array`)
}

/** Throws unless `value` is an object that is not an array. */
export function requireObject(value: unknown, option: string): void {
  if (!isRecord(value)) throw new TypeError(`"${option}" must be an object`)
}

/** A value as JSON; throws if JSON cannot represent it. */
export function jsonText(option: string, value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    throw new TypeError(`"${option}" must be something that JSON can carry`)
  }
}

/** A copy that later changes do not affect, as it will be sent: dates are texts. */
export function jsonCopy<T extends object>(value: T, option: string): T {
  try {
    return JSON.parse(JSON.stringify(value)) as T
  } catch {
    throw new TypeError(`"${option}" must be something that JSON can carry`)
  }
}

/** Throws unless `value` has the shape of an AbortSignal, or is undefined. */
export function requireSignal(value: unknown, option: string): void {
  if (value === undefined) return
  // By shape, because polyfills and other realms have their own class.
  if (
    !isRecord(value) ||
    typeof value.aborted !== 'boolean' ||
    typeof value.addEventListener !== 'function'
  ) {
    throw new TypeError(`"${option}" must be an AbortSignal`)
  }
}

/** True for objects that are neither null nor arrays. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True for bytes, also for those of another realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return (
    ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
  )
}

/** A value as JSON; undefined where JSON cannot carry it. */
export function jsonTextIfAny(
  value: unknown,
  replacer?: (name: string, value: unknown) => unknown,
): string | undefined {
  try {
    return JSON.stringify(value, replacer)
  } catch {
    return undefined
  }
}
