/** The roles of a process; by default it has all of them. */
export const roleNames = ['ingest', 'enforce', 'serve'] as const
export type Role = (typeof roleNames)[number]
export type Roles = ReadonlySet<Role>

export const everyRole: Roles = new Set(roleNames)

/**
 * The files of `show/routes` that a process has beside those of every process. With serve it has
 * all; with ingest it has the intake; the kill switch is wherever calls are made.
 */
const routesOf: { readonly [Each in Role]: readonly string[] | 'all' } = {
  ingest: ['intake'],
  enforce: ['kill-switch'],
  serve: 'all',
}
const everywhere = ['health', 'metrics']

/** Whether a process of these roles has a route, by the name of its file. */
export function hasRoute(roles: Roles, id: string): boolean {
  return [...roles].some((role) => {
    const own = routesOf[role]
    return own === 'all' || [...everywhere, ...own].includes(id)
  })
}
