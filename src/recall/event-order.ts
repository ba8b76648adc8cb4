/** Whether (at, id) comes strictly before (otherAt, otherId): the order of every history. */
export function isBefore(at: number, id: string, otherAt: number, otherId: string): boolean {
  return at < otherAt || (at === otherAt && id < otherId)
}
