import { reasonOf } from '../../contract/errors.ts'

/** A harmless call that needs a right: it names something that cannot exist. */
export interface Probe {
  /** What a credential with the right may do, e.g. `list sessions`. */
  readonly may: string
  /**
   * Rejects when the right is missing or cannot be checked. Resolves to a text when the call
   * succeeded and did not show all of it.
   */
  readonly attempt: () => Promise<unknown>
}

/** Tries every probe, so that one run names all that is missing. Never rejects. */
export async function checkRights(
  probes: readonly Probe[],
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  const details: string[] = []
  const failed = new Map<string, string[]>()
  for (const { may, attempt } of probes) {
    try {
      const caveat = await attempt()
      details.push(typeof caveat === 'string' ? caveat : `may ${may}`)
    } catch (error) {
      const reason = reasonOf(error)
      failed.set(reason, [...(failed.get(reason) ?? []), may])
    }
  }
  // One reason is reported once, whatever it affects.
  for (const [reason, kept] of failed) {
    details.push(`not shown that it may ${kept.join(', nor that it may ')}: ${reason}`)
  }
  return { ok: failed.size === 0, detail: details.join('; ') }
}
