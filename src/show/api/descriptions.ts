import { exampleOf } from './examples.ts'
import { enumerate } from './openapi-enums.ts'

type Json = { readonly [name: string]: unknown }

/** Description of an answer by status, for routes that give only a schema. */
const meanings: { readonly [status: string]: string } = {
  200: 'The requested data.',
  202: 'Recorded; the outcome is decided later.',
  503: 'Requests cannot be answered now.',
}

/**
 * Prepares the API description for readers and client generators: unions of literals become enums, and
 * each answer has a title and, where it is JSON, an example.
 *
 * @param description an OpenAPI description; it is not changed.
 */
export function finished(description: object): object {
  const told = objectOf(enumerate(description))
  const paths = mapped(objectOf(told.paths), (path) =>
    mapped(objectOf(path), (operation) => withAnswers(objectOf(operation))),
  )
  return { ...told, paths }
}

function withAnswers(operation: Json): Json {
  const responses = objectOf(operation.responses)
  const named = Object.entries(responses).map(([status, answer]) => {
    const { description, content, ...rest } = objectOf(answer)
    const meaning = description === 'Default Response' ? meanings[status] : undefined
    const shown = content === undefined ? {} : { content: mapped(objectOf(content), withExample) }
    return [status, { description: meaning ?? description, ...rest, ...shown }]
  })
  const body = operation.requestBody === undefined ? {} : { requestBody: bodyOf(operation) }
  return { ...operation, ...body, responses: Object.fromEntries(named) }
}

function bodyOf({ requestBody }: Json): Json {
  const body = objectOf(requestBody)
  if (body.content === undefined) return body
  return { ...body, content: mapped(objectOf(body.content), withExample) }
}

function withExample(media: unknown, type: string): unknown {
  const { schema } = objectOf(media)
  const isJson = type === 'application/json'
  return isJson ? { ...objectOf(media), example: exampleOf(schema) } : media
}

function mapped(object: Json, change: (value: unknown, name: string) => unknown): Json {
  return Object.fromEntries(
    Object.entries(object).map(([name, each]) => [name, change(each, name)]),
  )
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
