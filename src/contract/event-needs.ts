import { lengths } from './event-fields.ts'
import type { EventRule } from './event-rules.ts'
import { eventRules, scopeNames, scopesWithId } from './event-rules.ts'
import type { ScopeKind } from './event-words.ts'
import { ScopeKind as ScopeKindWords } from './event-words.ts'

/** A piece of JSON Schema. */
interface Piece {
  readonly [keyword: string]: unknown
}

/**
 * The rules of `event-rules.ts` as JSON Schema: the required fields per type, and for a cause with an explicit
 * scope, the fields that identify it.
 */
export function whatTypesNeed(): { readonly allOf: readonly Piece[] } {
  const types = Object.entries(eventRules)
  const causes = types.flatMap(([type, { cause }]) => (cause ? [type] : []))
  return {
    allOf: [
      ...types.flatMap(([type, rule]) => {
        const need = needOf(rule)
        return need === undefined ? [] : [when(typeIn([type]), need)]
      }),
      ...ScopeKindWords.anyOf.map(({ const: kind }) =>
        when(allOf([typeIn(causes), scopeIs(kind)]), {
          anyOf: fieldsNaming(kind),
          ...strict([kind]),
        }),
      ),
      when(
        allOf([typeIn(causes), holding('scope.id', { type: 'string', pattern: '\\S' })]),
        holding('scope.kind', { enum: ScopeKindWords.anyOf.map((each) => each.const) }),
      ),
    ],
  }
}

/** Built from entries: an object literal with a `then` could be taken for a promise. */
function when(condition: Piece, conclusion: Piece): Piece {
  return Object.fromEntries([
    ['if', condition],
    ['then', conclusion],
  ])
}

function needOf({ needs, cause }: EventRule): Piece | undefined {
  if (cause) return { anyOf: cause.scopes.flatMap(fieldsNaming), ...strict(cause.scopes) }
  return needs.length === 0 ? undefined : allOf(needs.map(named))
}

/** The field of a cause's scope is strict, even if another field identifies the scope, too. */
function strict(kinds: readonly ScopeKind[]): Piece {
  const own = kinds.filter((kind) => scopesWithId.has(kind)).flatMap((kind) => scopeNames[kind])
  const ids = own.filter((path) => !path.includes('.'))
  const bound = { type: ['string', 'null'], maxLength: aName.maxLength }
  return ids.length === 0 ? {} : { properties: Object.fromEntries(ids.map((id) => [id, bound])) }
}

/** `scope` may identify a scope with an id of its own, instead of the event's own field. */
function fieldsNaming(kind: ScopeKind): readonly Piece[] {
  const fields = scopeNames[kind]
  const own = allOf(fields.map(named))
  if (!scopesWithId.has(kind)) return [own]
  return [own, allOf([...fields.slice(0, -1).map(named), scopeIs(kind), named('scope.id')])]
}

function named(path: string): Piece {
  return holding(path, path === 'outcome.result' ? oneOfOutcomes : aName)
}

const aName = { type: 'string', maxLength: lengths.idLengthMax, pattern: '\\S' }
const oneOfOutcomes = { enum: ['accepted', 'refused'] }

function scopeIs(kind: ScopeKind): Piece {
  return holding('scope.kind', { const: kind })
}

function typeIn(types: readonly string[]): Piece {
  return holding('type', types.length === 1 ? { const: types[0] } : { enum: types })
}

/** The field at a path exists and matches a schema. */
function holding(path: string, schema: Piece): Piece {
  const [key = '', ...rest] = path.split('.')
  const inner = rest.length === 0 ? schema : { type: 'object', ...holding(rest.join('.'), schema) }
  return { required: [key], properties: { [key]: inner } }
}

function allOf(pieces: readonly Piece[]): Piece {
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : { allOf: pieces }
}
