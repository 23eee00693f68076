/** PEM blocks in a text ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)). */

/** The text between `BEGIN` and `END`. */
export interface PemBlock {
  readonly label: string
  readonly body: string
}

const BEGIN = '-----BEGIN '
const DASHES = '-----'

/**
 * All blocks of a text, with anything around them. Throws a TypeError that names the option for a
 * block without its end.
 */
export function pemBlocks(text: string, option: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let position = text.indexOf(BEGIN)
  while (position !== -1) {
    const labelStart = position + BEGIN.length
    const labelEnd = text.indexOf(DASHES, labelStart)
    const label = text.slice(labelStart, labelEnd)
    const bodyStart = labelEnd + DASHES.length
    const end = `-----END ${label}-----`
    const bodyEnd = labelEnd === -1 ? -1 : text.indexOf(end, bodyStart)
    const body = text.slice(bodyStart, bodyEnd)
    if (bodyEnd === -1 || body.includes(BEGIN)) {
      throw new TypeError(`"${option}" holds a PEM block without its end`)
    }
    blocks.push({ label, body })
    position = text.indexOf(BEGIN, bodyEnd + end.length)
  }
  return blocks
}

/** Whether a block holds a private key of any kind, encrypted or not. */
export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY')
}
