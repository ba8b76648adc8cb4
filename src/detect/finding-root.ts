import type { Finding, FindingRoot } from '../contract/finding.ts'

/** What a finding is about: the session or the subject it names, or anything else by its id. */
export type On = 'session' | 'subject' | { readonly kind: FindingRoot; readonly id: string }

type Named = Pick<Finding, 'subjectRef' | 'sessionKind' | 'sessionId'>

/** The root as a finding names it. */
export function rootOf(on: On, named: Named): Pick<Finding, 'rootKind' | 'rootId'> {
  if (on === 'session') return { rootKind: on, rootId: named.sessionId }
  if (on === 'subject') return { rootKind: on, rootId: named.subjectRef }
  return { rootKind: on.kind, rootId: on.id }
}

/** The parts of a finding's id that name its root; ids of sessions are unique only within their kind. */
export function rootKey(on: On, named: Named): readonly string[] {
  const { rootKind, rootId } = rootOf(on, named)
  return rootKind === 'session' ? [rootKind, named.sessionKind, rootId] : [rootKind, rootId]
}
