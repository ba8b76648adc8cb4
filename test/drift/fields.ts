/** One field of a JSON Schema, wherever it is nested. */
export interface Field {
  readonly path: string
  readonly schema: Schema
  /** Whether it holds no fields of its own. */
  readonly isLeaf: boolean
}

export interface Schema {
  readonly [keyword: string]: unknown
}

/** Every named field below a schema, outermost first. */
export function fieldsOf(schema: Schema, path = ''): readonly Field[] {
  return Object.entries(inner(schema)).flatMap(([name, field]) => {
    if (!isSchema(field)) return []
    const at = `${path}/${name}`
    return [
      { path: at, schema: field, isLeaf: Object.keys(inner(field)).length === 0 },
      ...fieldsOf(field, at),
    ]
  })
}

function inner({ properties }: Schema): Schema {
  return isSchema(properties) ? properties : {}
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
