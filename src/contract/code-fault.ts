import { CurfewError } from './errors.ts'

/** The stage that threw. */
export type FaultStage = 'decode' | 'enrich' | 'recall' | 'detect' | 'impose' | 'record' | 'enforce'

/**
 * Code that threw on the content of one message or event: a defect of the program. It would throw again on every
 * retry, so the stage continues without this answer. It contains nothing of the message.
 */
export interface CodeFault extends Thrown {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly stage: FaultStage
  /** Which part of the stage: the id of a format or a detector, or which look-up or step. */
  readonly part: string
}

/** A thrown value without its message, which may quote data. */
export interface Thrown {
  /** Its kind, such as TypeError. */
  readonly error: string
  /** The innermost line of code, such as `keycloak-facts.ts:41`; '' when it is not known. */
  readonly line: string
}

export type OnFault = (fault: CodeFault) => void

/**
 * Describes what was thrown on the content of a message.
 *
 * @throws the error itself where it is a CurfewError: an infrastructure failure says
 *   nothing about the message and must stop the batch, so that it is read again.
 */
export function thrownOn(error: unknown): Thrown {
  if (error instanceof CurfewError) throw error
  if (!(error instanceof Error)) return { error: typeof error, line: '' }
  const { name, message, stack = '' } = error
  // Frames come after the message; a message may hold what looks like one.
  const frames = stack.slice(stack.indexOf(message) + message.length)
  const line = /([\w.-]+\.[cm]?[jt]s:\d+):\d+\)?$/m.exec(frames)?.[1] ?? ''
  return { error: /^\w{1,40}$/.test(name) ? name : 'Error', line }
}
