/**
 * The condition, over the columns of the table `causes`, under which nothing names a cause's scope. No
 * session is in such a scope: an empty name must not mean every session that has none.
 */
export const isUnnamed = `(
  (toString(scope_kind) = 'session' and session_id = '')
  or (toString(scope_kind) in ('subject', 'subject_organization') and subject_ref = '')
  or (toString(scope_kind) in ('subject_organization', 'organization', 'connection', 'device', 'grant')
    and scope_id = ''))`

/**
 * The kind of tie in the table `session_edges` by which a cause's scope finds its sessions; '' where it
 * needs none.
 */
export const edgeOfScope = `
  transform(toString(scope_kind),
    ['subject_organization', 'organization', 'connection', 'device', 'grant'],
    ['organization', 'organization', 'connection', 'device', 'grant'], '')`
