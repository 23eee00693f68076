/** Settings: command line before environment before file. */
import { readFile } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isRecord } from '../lib/arguments.ts'
import type { Values } from './command-facts.ts'
import type { Io } from './io.ts'
import { optionOf, settingsTable, type Setting } from './settings-table.ts'

/** The settings in effect, by name. */
export class Settings {
  readonly #values: ReadonlyMap<string, string>
  readonly #cwd: string

  constructor(values: ReadonlyMap<string, string>, cwd: string) {
    this.#values = values
    this.#cwd = cwd
  }

  /** Undefined where it is not set. */
  text(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Throws a `TypeError` that says how to set it. */
  needed(name: string): string {
    const value = this.text(name)
    if (value !== undefined) return value
    const setting = settingsTable.find((one) => one.name === name)
    const option =
      setting === undefined || setting.kind === 'secret' ? '' : `--${optionOf(setting)}, `
    throw new TypeError(
      `${setting?.help ?? name} It is needed: set ${option}${setting?.env ?? ''} or "${name}" in carequality.config.json`,
    )
  }

  list(name: string): readonly string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
  }

  flag(name: string): boolean {
    return /^(1|true|yes|on)$/i.test(this.text(name) ?? '')
  }

  /** The file's bytes; undefined where it is not set. */
  async file(name: string): Promise<Uint8Array | undefined> {
    const path = this.text(name)
    if (path === undefined) return undefined
    try {
      return new Uint8Array(await readFile(this.path(path)))
    } catch {
      throw new TypeError(`the file of "${name}" cannot be read: ${path}`)
    }
  }

  path(path: string): string {
    return isAbsolute(path) ? path : resolve(this.#cwd, path)
  }

  /** The names that are set. */
  get names(): readonly string[] {
    return [...this.#values.keys()]
  }
}

/** Reads all three places. Relative paths of a settings file are relative to it. */
export async function readSettings(values: Values, io: Io): Promise<Settings> {
  const file = await configFile(values, io)
  const merged = new Map<string, string>()
  for (const setting of settingsTable) {
    const { name, env } = setting
    const fromFile = file?.values.get(name)
    const given = fromArguments(setting, values) ?? nonEmpty(io.env[env]) ?? fromFile
    if (given === undefined) continue
    requireChoice(setting, given)
    const isFilePath = setting.kind === 'file' && given === fromFile
    merged.set(name, isFilePath ? resolve(file?.folder ?? io.cwd, given) : given)
  }
  return new Settings(merged, io.cwd)
}

function fromArguments(setting: Setting, values: Values): string | undefined {
  if (setting.kind === 'secret') return undefined
  const value = values[optionOf(setting)]
  return value === true ? 'true' : value === false ? undefined : value
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function requireChoice({ name, choices }: Setting, value: string): void {
  if (choices === undefined || choices.includes(value)) return
  throw new TypeError(`"${name}" must be one of ${choices.join(', ')}`)
}

interface ConfigFile {
  readonly folder: string
  readonly values: ReadonlyMap<string, string>
}

const NAMES = ['carequality.config.json', 'carequality.config.ts', 'carequality.config.mts']

async function configFile(values: Values, io: Io): Promise<ConfigFile | undefined> {
  const named = typeof values.config === 'string' ? values.config : undefined
  for (const name of named === undefined ? NAMES : [named]) {
    const path = resolve(io.cwd, name)
    const text = await textOf(path)
    if (text === undefined) continue
    const value = /\.(ts|mts|js|mjs)$/.test(path) ? await moduleOf(path) : jsonOf(text, name)
    return { folder: resolve(path, '..'), values: checked(value, name) }
  }
  if (named !== undefined) throw new TypeError('the file of --config cannot be read')
  return undefined
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TypeError(`${name} is not JSON`)
  }
}

/** TypeScript where Node strips types: from 22.18 on without an option. */
async function moduleOf(path: string): Promise<unknown> {
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    return isRecord(module) ? (module.default ?? module.config) : undefined
  } catch (error) {
    const isTs = /\.m?ts$/.test(path)
    const isUnknown = isRecord(error) && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    throw new TypeError(
      isTs && isUnknown
        ? 'a settings file in TypeScript needs Node 22.18 or newer; write carequality.config.json'
        : 'the settings file cannot be loaded: it needs "export const config = { … }", types that can be stripped, and .mts in place of .ts where package.json says "type": "commonjs"',
    )
  }
}

function checked(value: unknown, name: string): ReadonlyMap<string, string> {
  if (!isRecord(value)) throw new TypeError(`${name} must hold an object`)
  const values = new Map<string, string>()
  for (const [key, given] of Object.entries(value)) {
    const setting = settingsTable.find((one) => one.name === key)
    if (setting === undefined)
      throw new TypeError(`${name}: "${key.slice(0, 40)}" is not a setting`)
    if (setting.kind === 'secret') {
      throw new TypeError(`${name}: "${key}" is a secret; set ${setting.env} in the environment`)
    }
    const text = Array.isArray(given) ? given.join(',') : given
    const isFit = ['string', 'number', 'boolean'].includes(typeof text)
    if (!isFit)
      throw new TypeError(`${name}: "${key}" must be a text, a number, a list or a switch`)
    values.set(key, String(text))
  }
  return values
}
