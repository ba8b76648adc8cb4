import { cellOf, isAnswer, rowsIn } from './answer-rows.ts'
import type { Answer } from './ask-server.ts'

const radiusOf = ({ blast_radius: radius }: Answer): Answer => (isAnswer(radius) ? radius : {})

/** Why sessions of an answer are not ended, each reason once. */
function reasonsIn(answer: Answer): readonly string[] {
  const kept = rowsIn(answer, 'sessions').filter(({ will_end }) => will_end === false)
  return [...new Set(kept.map(({ because }) => cellOf(because)))].filter((text) => text !== '')
}

const endsAny = (answer: Answer): boolean => {
  const { mode, will_end } = radiusOf(answer)
  return mode === 'enforce' && will_end !== false
}

/**
 * Whether every session that an order of a person is about is ended as things stand, by what the server
 * answered. What nobody will carry out must not pass for done in a script.
 */
export function endsAll(answer: Answer): boolean {
  const { not_endable: notEndable = 0 } = radiusOf(answer)
  return endsAny(answer) && notEndable === 0 && reasonsIn(answer).length === 0
}

const hints: { readonly [mode: string]: string } = {
  approve: ' Each order waits for an approval: curfew orders --waiting.',
  observe: ' Set operator_order: { mode: enforce } under causes of the policy.',
}

/** What becomes of the sessions that an order of a person is about, and why of those that live on. */
export function endText(answer: Answer): string {
  const { mode, because, to_end: toEnd, not_endable: notEndable } = radiusOf(answer)
  const verb = answer.dry_run === true ? 'would end' : 'ends'
  if (endsAll(answer)) return `Curfew ${verb} them.`
  if (endsAny(answer)) {
    const why = reasonsIn(answer).join('; ')
    return `Curfew ${verb} some of them. NOT ENDED: ${cellOf(notEndable)}${why === '' ? '' : `, because ${why}`}.`
  }
  const why = cellOf(because)
  // The enforcer asks the provider, which may list what nobody has heard of.
  if (mode === 'enforce' && toEnd === 0 && notEndable === 0) {
    return `No known session is ended: ${why}. Whatever the provider still lists is condemned as well.`
  }
  return `NOTHING IS ENDED${why === '' ? '' : `: ${why}`}.${hints[cellOf(mode)] ?? ''}`
}

/** How many sessions an order of a person reaches, of each kind of outcome. */
export function reachText(answer: Answer): readonly string[] {
  const { to_end, not_endable, told_ended, also_ended } = radiusOf(answer)
  const others = cellOf(also_ended)
  return [
    `To end: ${cellOf(to_end)}; no connection can end: ${cellOf(not_endable)}; ` +
      `reported as ended already: ${cellOf(told_ended)}.`,
    ...(others === '' ? [] : [`Also ended, though not among them: ${others}`]),
  ]
}
