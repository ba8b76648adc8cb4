import { reasonOf } from '../contract/errors.ts'

/** A harmless call that needs a right: it names something that cannot exist. */
export interface Probe {
  /** What a credential with the right may do, e.g. `list sessions`. */
  readonly may: string
  /**
   * Rejects when the right is missing, or nothing can be said of it. Resolves to a text when the call
   * went well and did not show all of it: then that is what is said.
   */
  readonly attempt: () => Promise<unknown>
}

/** Tries every probe, so that one run names all that is missing. Never rejects. */
export async function checkRights(
  probes: readonly Probe[],
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  const details: string[] = []
  let ok = true
  for (const { may, attempt } of probes) {
    try {
      const caveat = await attempt()
      details.push(typeof caveat === 'string' ? caveat : `may ${may}`)
    } catch (error) {
      ok = false
      details.push(`not shown that it may ${may}: ${reasonOf(error)}`)
    }
  }
  return { ok, detail: details.join('; ') }
}
