import { InvalidArgumentError } from 'commander'

/** A session as commands name it, so that what one prints another takes: `sso/online/8f1c`. */
export interface SessionName {
  readonly instance: string
  readonly kind: string
  readonly id: string
}

/** Reads an argument as a session; an id may hold slashes itself. */
export function sessionName(text: string): SessionName {
  const [instance = '', kind = '', ...rest] = text.split('/')
  const id = rest.join('/')
  if (instance !== '' && kind !== '' && id !== '') return { instance, kind, id }
  throw new InvalidArgumentError(
    'It takes instance/kind/id, such as sso/online/8f1c; findings, orders and subject print it.',
  )
}

/** '' where a row is about no session. */
export function sessionNameOf(row: { readonly [column: string]: unknown }): string {
  const { instance, session_kind: kind, session_id: id } = row
  return id === undefined || id === '' ? '' : `${instance}/${kind}/${id}`
}
