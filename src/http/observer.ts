import { isCarequalityError } from '../errors.ts'
import { requireFunction, requireList, requireText } from '../lib/arguments.ts'
import { emitter, type Emit } from '../lib/emitter.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import { ownOptions } from '../lib/own.ts'
import type { ClientEvent, HttpOptions } from '../types.ts'
import type { Activity, ActivityResult, Instrumentation, Observation } from '../instrumentation.ts'
import { parseUrl } from './policies/parse-url.ts'
import { traceHeaders } from './policies/trace-headers.ts'

/** Headers that are sent with the observed request. */
export type PropagatedHeaders = Readonly<Record<string, string>>

/** An activity that is worked on in pieces. */
export interface OpenObservation {
  /** Runs a piece once, synchronously, as part of the activity. */
  within(work: () => void): void
  end(result: ActivityResult): void
}

/** The user's {@link Instrumentation}, prevented from changing what it observes. */
export class Observer {
  readonly #instrumentation: Instrumentation
  readonly #propagateTo: ReadonlySet<string>

  constructor(instrumentation: Instrumentation) {
    this.#instrumentation = instrumentation
    this.#propagateTo = new Set(instrumentation.propagateTo)
  }

  /** Runs the work once, observed or not, and returns its result. */
  async observe<T>(
    activity: Activity,
    work: (headers: PropagatedHeaders) => Promise<T>,
    describe: (result: T | undefined) => ActivityResult,
  ): Promise<T> {
    const observation = this.#start(activity)
    if (observation === undefined) return work({})
    const headers = this.#headersFor(activity, observation)
    let running: Promise<T> | undefined
    const once = (): Promise<T> => (running ??= work(headers))
    attempt(() => observation.run?.(once))
    try {
      const result = await once()
      attempt(() => observation.end(describe(result)))
      return result
    } catch (error) {
      const failed = { ...describe(undefined), ...failureOf(error) }
      attempt(() => observation.end(failed))
      throw error
    }
  }

  /** Watches work that is done in pieces; undefined where nobody does. */
  open(activity: Activity): OpenObservation | undefined {
    const observation = this.#start(activity)
    if (observation === undefined) return undefined
    return {
      within: (work) => {
        let isDone = false
        const once = (): void => {
          if (isDone) return
          isDone = true
          work()
        }
        attempt(() => observation.run?.(once))
        once()
      },
      end: (result) => {
        attempt(() => observation.end(result))
      },
    }
  }

  event(event: ClientEvent): void {
    attempt(() => this.#instrumentation.event?.(event))
  }

  #start(activity: Activity): Observation | undefined {
    const observation = attempt(() => this.#instrumentation.start(activity))
    return typeof observation?.end === 'function' ? observation : undefined
  }

  #headersFor(activity: Activity, observation: Observation): PropagatedHeaders {
    if (activity.kind !== 'request' || !this.#propagateTo.has(activity.origin)) return {}
    return traceHeaders(attempt(() => observation.headers?.()))
  }
}

/** Throws `TypeError` for a wrong option. */
export function observerOf(given: Instrumentation | undefined): Observer | undefined {
  if (given === undefined) return undefined
  const { propagateTo } = ownOptions(given, 'instrumentation')
  requireFunction(Reflect.get(given, 'start'), 'instrumentation.start', 'needed')
  requireFunction(Reflect.get(given, 'event'), 'instrumentation.event')
  if (propagateTo !== undefined) {
    requireList(propagateTo, 'instrumentation.propagateTo')
    for (const origin of propagateTo) {
      if (parseUrl(requireText(origin, 'instrumentation.propagateTo'))?.origin === origin) continue
      throw new TypeError(
        '"instrumentation.propagateTo" must list origins such as https://fhir.example.org',
      )
    }
  }
  return new Observer(given)
}

/** Reports events to the user's `onEvent` and to the observer, independently of each other. */
export function watchedEmitter(
  onEvent: HttpOptions['onEvent'],
  observer: Observer | undefined,
  now: () => number,
): Emit {
  const emit = emitter(onEvent, now)
  if (observer === undefined) return emit
  const watch = emitter((event) => observer.event(event), now)
  return (event) => {
    emit(event)
    watch(event)
  }
}

/**
 * An observer must not change what happens: what it throws is ignored, and a promise is not
 * awaited.
 */
function attempt<T>(act: () => T): T | undefined {
  try {
    const value = act()
    ignoreRejection(value)
    return value
  } catch {
    return undefined
  }
}

function failureOf(error: unknown): Pick<ActivityResult, 'errorType' | 'status'> {
  if (isCarequalityError(error)) return { errorType: error.code, status: error.status }
  return { errorType: errorTypeOf(error) }
}

/** A name from a short list: any other may contain what the caller put there. */
export function errorTypeOf(error: unknown): string {
  if (isCarequalityError(error)) return error.code
  if (error instanceof TypeError) return 'TypeError'
  return error instanceof Error && error.name === 'AbortError' ? 'AbortError' : '_OTHER'
}
