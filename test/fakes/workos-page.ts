export interface Answer {
  readonly status: number
  readonly body: object
  readonly headers?: { readonly [name: string]: string }
}

/** A page of a list, with a cursor that names its last item. */
export function page(all: readonly { readonly id: string }[], query: URLSearchParams): Answer {
  const limit = Number(query.get('limit') ?? 10)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    const message = 'limit must be between 1 and 100'
    return { status: 422, body: { code: 'invalid_request_parameters', message } }
  }
  const after = query.get('after')
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
  const data = all.slice(from, from + limit)
  const last = from + limit < all.length ? (data.at(-1)?.id ?? null) : null
  const before = from > 0 ? (data[0]?.id ?? null) : null
  return { status: 200, body: { object: 'list', data, list_metadata: { before, after: last } } }
}
