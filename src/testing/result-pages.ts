import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4.js'
import type { Need } from './fhir-requests.ts'
import { Listings } from './listings.ts'

const DEFAULT_PAGE = 2
const LARGEST_PAGE = 1000

/** Everything that one request finds; pages are cut from it. */
export interface Found {
  /** Below the base, for example `Patient`. */
  readonly path: string
  /** What a token must permit, on later pages too. */
  readonly needs: readonly Need[]
  readonly bundleType: 'searchset' | 'history'
  /** The parameters that were understood; the others were ignored, as servers do. */
  readonly applied: readonly (readonly [name: string, value: string])[]
  readonly entries: readonly BundleEntry<FhirResource>[]
}

interface Listing {
  readonly found: Found
  readonly offset: number
  readonly count: number
}

/** Cuts what was found into Bundles that lead to one another. */
export class ResultPages {
  readonly #nextLinks: 'page-context' | 'getpages'
  readonly #listings = new Listings<Listing>()

  constructor(nextLinks: 'page-context' | 'getpages') {
    this.#nextLinks = nextLinks
  }

  /** The parameter of next links that names the rest of a listing. */
  get parameter(): string {
    return this.#nextLinks === 'getpages' ? '_getpages' : '-pageContext'
  }

  first(found: Found, count: string | null, base: string): Bundle {
    if (count === null || !/^[1-9]\d{0,5}$/.test(count)) {
      return this.#page({ found, offset: 0, count: DEFAULT_PAGE }, base)
    }
    const applied = [...found.applied, ['_count', count] as const]
    const size = Math.min(Number(count), LARGEST_PAGE)
    return this.#page({ found: { ...found, applied }, offset: 0, count: size }, base)
  }

  /** All on one page. */
  whole(found: Found, base: string): Bundle {
    return this.#page({ found, offset: 0, count: found.entries.length }, base)
  }

  /** Undefined where the page has expired or never was. */
  next(name: string, base: string): Bundle | undefined {
    const listing = this.#listings.get(name)
    return listing && this.#page(listing, base)
  }

  /** What a token must permit for a later page. */
  needsOf(name: string): readonly Need[] {
    return this.#listings.get(name)?.found.needs ?? []
  }

  #page({ found, offset, count }: Listing, base: string): Bundle {
    const self = new URLSearchParams(found.applied.map((pair) => [...pair])).toString()
    const link = [{ relation: 'self', url: `${base}/${found.path}${self && `?${self}`}` }]
    const next = offset + count
    const total = found.entries.length
    if (next < total) {
      const name = this.#listings.keep({ found, offset: next, count })
      const url =
        this.#nextLinks === 'getpages'
          ? `${base}?_getpages=${name}&_getpagesoffset=${next}&_count=${count}&_bundletype=${found.bundleType}`
          : `${base}/Patient?-pageContext=${name}&-pageDirection=NEXT`
      link.push({ relation: 'next', url })
    }
    const bundle: Bundle = { resourceType: 'Bundle', type: found.bundleType, link }
    const entry = found.entries.slice(offset, next).map((one) => named(one, base))
    if (entry.length > 0) bundle.entry = entry // FHIR has no empty arrays
    if (this.#nextLinks === 'getpages') bundle.total = total // Cerner's bundles have none
    return bundle
  }
}

/** Puts the address of the resource first, as servers do. */
function named(entry: BundleEntry<FhirResource>, base: string): BundleEntry<FhirResource> {
  const { resource } = entry
  if (resource === undefined) return entry
  return { fullUrl: `${base}/${resource.resourceType}/${resource.id ?? ''}`, ...entry }
}
