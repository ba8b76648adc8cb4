import type { ScopeKind } from '../../contract/event-words.ts'
import type { CauseEvent } from './idp.ts'

/** What a scope is held against. */
export interface Scoped {
  readonly from: { readonly device_id?: string | undefined }
  readonly ties: {
    readonly organization_id?: string | undefined
    readonly connection_id?: string | undefined
    readonly grant_id?: string | undefined
  }
}

/** How far each type of cause reaches when it does not say so itself. */
const usualScope: { readonly [type in CauseEvent['type']]?: ScopeKind } = {
  'membership.deactivated': 'subject_organization',
  'access.reduced': 'subject_organization',
  'connection.deactivated': 'connection',
  'directory.deactivated': 'connection',
  'grant.revoked': 'grant',
  'device.lost': 'device',
  'organization.deactivated': 'organization',
}

/** The id that a scope of this kind goes by, of a cause or of a session. */
function idIn(kind: ScopeKind, { from, ties }: Scoped): string | undefined {
  switch (kind) {
    case 'session':
    case 'subject':
      return undefined
    case 'organization':
    case 'subject_organization':
      return ties.organization_id
    case 'connection':
      return ties.connection_id
    case 'device':
      return from.device_id
    case 'grant':
      return ties.grant_id
  }
}

/** How far a cause reaches: as it says, else as causes of its type usually do. */
export function scopeOf({ type, scope, from = {}, ties = {} }: CauseEvent): {
  readonly kind: ScopeKind
  readonly id?: string
} {
  const kind = scope?.kind ?? usualScope[type] ?? 'subject'
  const id = scope?.id ?? idIn(kind, { from, ties })
  return id === undefined ? { kind } : { kind, id }
}

/** Whether a session of the cause's own subject lies in its scope. */
export function isInScope(session: Scoped, told: CauseEvent): boolean {
  const { kind, id } = scopeOf(told)
  if (kind === 'subject') return true
  // A cause that does not say which reaches nothing: "everything" cannot be expressed.
  return id !== undefined && idIn(kind, session) === id
}
