/**
 * The first characters of a text, as a text of its own: engines keep the whole of a long text alive
 * for as long as a slice of it.
 */
export function cutText(text: string, longest: number): string {
  return text.length <= longest ? text : text.slice(0, longest).split('').join('')
}
