import { requireList, requireText } from './arguments.ts'

/** One purpose of use or several, as a list. Throws `TypeError` for anything else. */
export function purposesOf(
  purposeOfUse: string | readonly string[] | undefined,
): readonly string[] {
  if (purposeOfUse === undefined) return []
  const purposes = typeof purposeOfUse === 'string' ? [purposeOfUse] : purposeOfUse
  requireList(purposes, 'purposeOfUse')
  for (const purpose of purposes) requireText(purpose, 'purposeOfUse')
  return purposes
}

/** What is said where a purpose of use is required and none was named. */
export const PURPOSE_NEEDED =
  '"purposeOfUse" is needed, since "requirePurpose" is set: name it in the options, or by as()'
