import { at, textAt } from '../../decode/subject-key.ts'

const keyPaths = [
  ['data', 'user_id'],
  ['data', 'userId'],
  ['data', 'user', 'id'],
  ['data', 'agent_instance_id'],
  ['data', 'agentInstanceId'],
] as const

/** What WorkOS tells of by itself: a user, an agent, and a session whose user it leaves out. */
const isNamed: ReadonlySet<unknown> = new Set([
  'user',
  'directory_user',
  'agent_instance',
  'session',
])

/** Whom a message is about, else which session. */
export function subjectKey(event: unknown): string | undefined {
  const key = textAt(event, keyPaths)
  if (key !== undefined) return key
  return isNamed.has(at(event, ['data', 'object'])) ? textAt(event, [['data', 'id']]) : undefined
}
