/** Unicode normalization, in bounded time. The lint refuses `.normalize(` anywhere else. */

/** Characters of the longest text that is normalized: the marks of one run are sorted in quadratic time. */
export const LONGEST_NORMALIZED = 1_024

/** The normalized text; undefined for one over {@link LONGEST_NORMALIZED}, which callers cut or refuse. */
export function normalized(text: string, form: 'NFD' | 'NFKC' | 'NFKD'): string | undefined {
  return text.length > LONGEST_NORMALIZED ? undefined : text.normalize(form)
}

/** Without accents, in letters of one case; what is beyond {@link LONGEST_NORMALIZED} is cut off. */
export function withoutAccents(text: string, form: 'NFD' | 'NFKD'): string {
  // Marks that are there already go first, so that few are left to be sorted.
  const bare = text.slice(0, LONGEST_NORMALIZED).replace(/\p{M}+/gu, '')
  return (normalized(bare, form) ?? '').replace(/\p{M}+/gu, '').toLowerCase()
}
