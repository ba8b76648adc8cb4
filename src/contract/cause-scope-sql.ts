/**
 * The condition, over the columns of the table `causes`, that nothing identifies a cause's scope. No
 * session is in such a scope: an empty id must not match every session without one.
 */
export const isUnnamed = `(
  (toString(scope_kind) = 'session' and session_id = '')
  or (toString(scope_kind) in ('subject', 'subject_organization') and subject_ref = '')
  or (toString(scope_kind) in ('subject_organization', 'organization', 'connection', 'device', 'grant')
    and scope_id = ''))`

/**
 * The kind of relation in the table `session_edges` that ties sessions to a cause's scope; '' where
 * none is needed.
 */
export const edgeOfScope = `
  transform(toString(scope_kind),
    ['subject_organization', 'organization', 'connection', 'device', 'grant'],
    ['organization', 'organization', 'connection', 'device', 'grant'], '')`
