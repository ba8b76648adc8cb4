import type { Guard } from '../guarding/guard.ts'

const namedMax = 3

/**
 * Some providers cannot end one session alone. Where the call would take one with it that nothing
 * condemns, a person decides, who was shown just those; one that appeared since is asked about anew.
 */
export const guard: Guard = {
  id: 'also-ends',
  title: 'The call would also end sessions that nothing condemns',
  judge: ({ bystanders, approvedBy, shownEnds }) => {
    const unseen = bystanders.filter((name) => approvedBy === '' || !shownEnds.includes(name))
    if (unseen.length === 0) return { judged: 'pass' }
    const more = unseen.length > namedMax ? ` and ${unseen.length - namedMax} more` : ''
    return {
      judged: 'approve',
      reason: `the call also ends ${unseen.slice(0, namedMax).join(', ')}${more}, which nothing condemns`,
    }
  },
}
