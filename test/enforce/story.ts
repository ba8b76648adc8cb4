import type { Stage } from './stage.ts'

/**
 * A session of somebody's, and a reset of that somebody's password: the same story each time, each
 * with people of its own but all of one tenant, so that many of them cost no more to sweep than one.
 */
export function makeStories(stage: Stage) {
  let stories = 0
  return async () => {
    stories += 1
    const [id, subject] = [`s${stories}`, `user-${stories}`]
    const scene = stage.scene({ tenant: 'acme' })
    await scene.session(id, subject)
    return {
      scene,
      id,
      reset: () => scene.cause('credential_reset', { subjectRef: scene.refOf(subject) }),
      verdict: async () => {
        const verdicts = await scene.verdicts()
        return verdicts.find(({ session_id }) => session_id === id)?.verdict
      },
    }
  }
}
