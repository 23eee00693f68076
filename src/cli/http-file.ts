/** A walk as an .http file (VS Code REST Client, JetBrains) and as a Postman collection. */
import { variablesOf, type Piece, type WalkStep } from './walk.ts'

const FROM_ENVIRONMENT: ReadonlySet<string> = new Set(['CAREQUALITY_API_KEY'])
const FORM = 'application/x-www-form-urlencoded'

/** The text of an .http file. */
export function httpFile(steps: readonly WalkStep[]): string {
  const own = variablesOf(steps).filter((name) => name !== 'ACCESS_TOKEN')
  const variables = own.map((name) =>
    FROM_ENVIRONMENT.has(name) ? `@${name} = {{$processEnv ${name}}}` : `@${name} = `,
  )
  const note = own.includes('CLIENT_ASSERTION')
    ? ['# CLIENT_ASSERTION: carequality-fhir assertion --raw --audience TOKEN_ENDPOINT']
    : []
  return `${[...note, ...variables, '', ...steps.map(requestText)].join('\n')}\n`
}

function requestText({ title, kind, method, url, headers, form, body }: WalkStep): string {
  const name = kind === 'token' ? ['# @name token'] : []
  const fields = (form ?? []).map(
    ([field, value], index) =>
      `${index === 0 ? '' : '&'}${encodeURIComponent(field)}=${encodedField(value)}`,
  )
  return [
    `### ${title}`,
    ...name,
    `${method} ${urlText(url)}`,
    ...headers.map(([header, value]) => `${header}: ${headerText(value)}`),
    ...(form === undefined ? [] : [`content-type: ${FORM}`, '', ...fields]),
    ...(body === undefined ? [] : ['', textOf([body])]),
    '',
  ].join('\n')
}

/** A later request takes the token out of the response of the one named `token`. */
function headerText(value: readonly Piece[]): string {
  return textOf(value).replace('{{ACCESS_TOKEN}}', '{{token.response.body.access_token}}')
}

function encodedField(value: Piece): string {
  return typeof value === 'string' ? encodeURIComponent(value) : textOf([value])
}

/** A server chose most of it: a variable of ours that it names must not be filled in. */
function urlText(pieces: readonly Piece[]): string {
  return textOf(
    pieces.map((piece) =>
      typeof piece === 'string' ? piece.replaceAll('{', '%7B').replaceAll('}', '%7D') : piece,
    ),
  )
}

/** Postman has no way to write two braces that mean themselves. */
function fieldText(value: Piece): string {
  return textOf([typeof value === 'string' ? value.replaceAll('{{', '{ {') : value])
}

function textOf(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece : `{{${piece.variable}}}`))
    .join('')
}

/** A Postman collection ([format 2.1](https://schema.postman.com/json/collection/v2.1.0/docs/index.html)). */
export function postmanCollection(name: string, steps: readonly WalkStep[]): string {
  const collection = {
    info: {
      name,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: steps.map(itemOf),
    variable: variablesOf(steps).map((key) => ({ key, value: '', type: 'string' })),
  }
  return `${JSON.stringify(collection, null, 2)}\n`
}

function itemOf({ title, kind, method, url, headers, form, body }: WalkStep): object {
  return {
    name: title,
    ...(kind === 'token' ? { event: [TOKEN_SCRIPT] } : {}),
    request: {
      method,
      url: urlText(url),
      header: headers.map(([key, value]) => ({ key, value: textOf(value) })),
      ...(form === undefined
        ? {}
        : {
            body: {
              mode: 'urlencoded',
              urlencoded: form.map(([key, value]) => ({ key, value: fieldText(value) })),
            },
          }),
      ...(body === undefined ? {} : { body: { mode: 'raw', raw: textOf([body]) } }),
    },
  }
}

const TOKEN_SCRIPT = {
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: ['pm.collectionVariables.set("ACCESS_TOKEN", pm.response.json().access_token)'],
  },
}
