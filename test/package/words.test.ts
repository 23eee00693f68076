/**
 * The words that docs/glossary.md replaces, kept out of the pages and of what the library says.
 * Comments in `src` follow later: only the words of `inComments` are kept out of them so far.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { root } from '../support/run.ts'

/** Each with the word to use. */
const everywhere: readonly (readonly [word: RegExp, better: string])[] = [
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\bwhosoever|\bwhomever/i, 'anyone, or name them'],
  [/\bheed(s|ed|ing)?\b/i, 'respect'],
  [/\bhas had (its|their) time\b/i, 'expired'],
  [/\bquirks know better\b/i, 'override'],
  [/\bthough it says so\b/i, 'declares … but'],
  [/\bcrowded past reading\b/i, 'too many values'],
]
const inText: readonly (readonly [word: RegExp, better: string])[] = [
  ...everywhere,
  [/\bwhoever\b/i, 'anyone, or name them'],
  [/(?<!\bthere )\b(is|are) no (?!longer\b|more than\b)[a-zA-Z]/i, 'is not a'],
  [/\b(left|taken): /, 'skipped, selected'],
  [/\bcould not be asked\b/i, 'the request failed'],
  [/\basks (for )?nothing\b/i, 'makes no requests'],
  [/\b(somebody|nobody in particular)\b/i, 'name them'],
  [/, save (that|for|where)\b/i, 'except'],
  [/\bbe looked at\b/i, 'be reviewed, be checked'],
  [/\bodd-answer\b/, 'response-repaired'],
]

/** Places where a listed word is the right one: a quotation, or what a server wrote. */
const allowed: readonly (readonly [file: string, text: string])[] = [
  ['CHANGELOG.md', 'The event `token.odd-answer` is `token.response-repaired`.'],
  ['docs/glossary.md', '| fix | correct a mistake | mend |'],
  ['docs/glossary.md', '| data | is no … |'],
  ['docs/glossary.md', '| expired, transient | tokens, failures | has had its time, passing |'],
  ['docs/glossary.md', '| makes no requests | no network access | asks nothing |'],
]
/** Made by tools from other texts: titles of tests, results of the benchmark. */
const generated = /<!-- threats: written[\s\S]*?<!-- end of threats -->/g
/** Owned by bench/report.mjs, which has words of its own. */
const elsewhere = ['docs/performance.md']

function filesBelow(folder: string, end: string): readonly string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end))
    .map((file) => `${folder}/${file}`)
    .sort()
}

function found(
  file: string,
  lines: readonly string[],
  words: readonly (readonly [word: RegExp, better: string])[],
): readonly string[] {
  return lines.flatMap((line) =>
    words.flatMap(([word, better]) => {
      const [match] = word.exec(line) ?? []
      const isAllowed = allowed.some(([where, text]) => where === file && line.includes(text))
      return match === undefined || isAllowed
        ? []
        : [`${file}: "${match}", better: ${better}: ${line.trim().slice(0, 120)}`]
    }),
  )
}

const linesOf = (text: string): readonly string[] => text.split('\n')
const isComment = (line: string): boolean => /^\s*(\/\/|\/\*|\*)/.test(line)

describe('the words of the glossary', () => {
  const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8')

  test('are those of the pages', () => {
    const pages = [
      ...['README.md', 'SECURITY.md', 'CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
      ...filesBelow('docs', '.md').filter((page) => !elsewhere.includes(page)),
    ]
    const wrong = pages.flatMap((page) =>
      found(page, linesOf(read(page).replace(generated, '')), inText),
    )
    expect(wrong).toEqual([])
  })

  test('are those of the messages of the library', () => {
    const wrong = filesBelow('src', '.ts').flatMap((file) =>
      // What stands in quotes; names in the code are not looked at.
      found(
        file,
        linesOf(read(file))
          .filter((line) => !isComment(line))
          .flatMap((line) => line.replace(/\s\/\/ .*$/, '').match(/(['"`]).*\1|`.*/g) ?? []),
        inText,
      ),
    )
    expect(wrong).toEqual([])
  })

  test('replace the worst ones in comments, too', () => {
    const wrong = filesBelow('src', '.ts').flatMap((file) =>
      found(file, linesOf(read(file)).filter(isComment), everywhere),
    )
    expect(wrong).toEqual([])
  })

  test.each([
    ['the metadata is no CapabilityStatement', 1],
    ['https://a.example left: it is XCPD', 1],
    ['fix it, whoever wrote it', 1],
    ['the page is no longer there', 0],
    ['there is no token with that label', 0],
    ['the response is not JSON', 0],
  ])('"%s" has %i of the other words', (line, count) => {
    expect(found('x', [line], inText)).toHaveLength(count)
  })
})
