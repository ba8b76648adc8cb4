import { CurfewError } from './errors.ts'

/** Which stage threw. */
export type FaultStage = 'decode' | 'enrich' | 'recall' | 'detect' | 'impose' | 'record' | 'enforce'

/**
 * Code that threw on what one message or event holds: a fault of the program. It would throw again however
 * often the message came, so the stage goes on without its answer. It names no content of the message.
 */
export interface CodeFault extends Thrown {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly stage: FaultStage
  /** Which part of the stage: the id of a format or a detector, or which look-up or step. */
  readonly part: string
}

/** What was thrown, without its message, which may repeat what was read. */
export interface Thrown {
  /** Its kind, such as TypeError. */
  readonly error: string
  /** The innermost line of code, such as `keycloak-facts.ts:41`; '' when it is not known. */
  readonly line: string
}

export type OnFault = (fault: CodeFault) => void

/**
 * What was thrown on the content of a message.
 *
 * @throws the error itself where it is a CurfewError: a failure of the store or of the surroundings says
 *   nothing about the message, and must stop the batch so that it comes again.
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
