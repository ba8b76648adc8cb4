import type { Cause } from '../../src/contract/cause.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import type { AskValues, Row } from '../../src/contract/ports.ts'
import type { OpenProvider } from '../../src/enforce/provider-kit/provider.ts'

/** One way in which what concerns one tenant may fail, while the store and all others are well. */
export interface TenantFault {
  readonly name: string
  /** Changes a row about the tenant, as the store would give it. */
  readonly row?: (row: Row) => Row
  /** Throws for a statement about the tenant. */
  readonly asked?: (sql: string, values: AskValues) => void
  /** Throws for a row about the tenant that is to be written. */
  readonly appended?: (table: string) => void
  readonly condemn?: (cause: Cause) => void
  readonly judge?: () => void
  readonly provider?: (provider: OpenProvider) => OpenProvider
  /** Only another version could read what is stored, so it is read again at the next start. */
  readonly heals: 'by itself' | 'at the next start'
}

const refuse = (code: 'STORE_REFUSED' | 'STORE_UNREACHABLE' | 'RECORD_DATA') => () => {
  throw new CurfewError(code, 'as the test wants it', { retry: code === 'STORE_UNREACHABLE' })
}
const throws = () => {
  throw new TypeError('as the test wants it')
}
/** What our provider files never give back; a type that lies, as a library's may. */
const malformed = JSON.parse('null')

export const tenantFaults: readonly TenantFault[] = [
  {
    name: 'a cause of an unknown class',
    row: (row) => ('scope_kind' in row ? { ...row, class: 'unheard_of' } : row),
    heals: 'at the next start',
  },
  {
    name: 'a condemned session of an unknown kind',
    row: (row) =>
      'fingerprint' in row && !('condemned' in row) ? { ...row, kind: 'unheard_of' } : row,
    heals: 'at the next start',
  },
  {
    name: 'facts of a session that cannot be read',
    row: (row) => (row.part === 'pair' ? { ...row, cells: null } : row),
    heals: 'by itself',
  },
  {
    name: 'a session that was told of and cannot be read',
    row: (row) => ('condemned' in row ? { ...row, fingerprint: null } : row),
    heals: 'at the next start',
  },
  {
    name: 'a request that cannot be read',
    row: (row) => ('principal' in row ? { ...row, reason: null } : row),
    heals: 'at the next start',
  },
  { name: 'statements that are refused', asked: refuse('STORE_REFUSED'), heals: 'by itself' },
  {
    name: 'statements that the store has no room for',
    asked: refuse('STORE_UNREACHABLE'),
    heals: 'by itself',
  },
  {
    name: 'steps of orders that are refused',
    appended: (table) => table === 'order_steps' && refuse('RECORD_DATA')(),
    heals: 'by itself',
  },
  {
    name: 'curfews that are refused',
    appended: (table) => table === 'curfews' && refuse('RECORD_DATA')(),
    heals: 'by itself',
  },
  {
    name: 'evidence that is refused',
    appended: (table) => table === 'evidence' && refuse('RECORD_DATA')(),
    heals: 'by itself',
  },
  { name: 'a rule that throws', condemn: throws, heals: 'by itself' },
  { name: 'a guard that throws', judge: throws, heals: 'by itself' },
  {
    name: 'a list that is no list',
    provider: (provider) => ({ ...provider, list: async () => malformed }),
    heals: 'by itself',
  },
  {
    name: 'an answer to a call that is no answer',
    provider: (provider) => ({ ...provider, revoke: async () => malformed }),
    heals: 'by itself',
  },
]
