import { CommanderError } from 'commander'
import { CurfewError } from '../../contract/errors.ts'
import { address, name } from '../argument.ts'

/** What `init` wants to know; what an option said is not asked. */
export interface Told {
  readonly provider?: string
  readonly address?: string
  readonly realm?: string
  readonly tenant?: string
  readonly instance?: string
}

/** Asks one question; undefined where nobody is there to answer. */
export type Ask = ((question: string) => Promise<string>) | undefined

interface Question {
  readonly option: keyof Told
  readonly words: string
  /** Taken where nothing is answered. */
  readonly usual?: string
  readonly read: (text: string) => string
  /** Of which provider only. */
  readonly of?: string
}

const questions: readonly Question[] = [
  {
    option: 'provider',
    words: 'Identity provider, keycloak or workos',
    usual: 'keycloak',
    read: providerOf,
  },
  {
    option: 'address',
    words: 'Its address, such as https://sso.example.com',
    read: address,
    of: 'keycloak',
  },
  { option: 'realm', words: 'Realm', read: name, of: 'keycloak' },
  { option: 'tenant', words: 'Tenant: your name for whose data it is', usual: 'main', read: name },
  { option: 'instance', words: 'Instance: your name for this provider', usual: 'sso', read: name },
]

function providerOf(text: string): string {
  if (text === 'keycloak' || text === 'workos') return text
  throw new CurfewError(
    'SETTINGS_INVALID',
    `there is no provider '${text}'; known are keycloak, workos`,
  )
}

/**
 * What the options did not say, asked for one after the other; an answer that cannot be is asked again.
 *
 * @throws CurfewError SETTINGS_INVALID where nobody can be asked, naming every option that is missing.
 */
export async function askFor(told: Told, ask: Ask): Promise<Required<Told>> {
  const known: { [option: string]: string } = {}
  const missing: string[] = []
  for (const question of questions) {
    const { option, of, usual } = question
    const given = told[option]
    if (of !== undefined && known.provider !== of) known[option] = ''
    else if (given !== undefined) known[option] = question.read(given)
    else if (ask !== undefined) known[option] = await answerTo(question, ask)
    else if (usual !== undefined && option !== 'provider') known[option] = usual
    else missing.push(`--${option}`)
  }
  if (missing.length > 0) {
    const reason = `${missing.join(', ')} must be given where nobody can be asked; init asks on a terminal`
    throw new CurfewError('SETTINGS_INVALID', reason)
  }
  const { provider = '', address: at = '', realm = '', tenant = '', instance = '' } = known
  return { provider, address: at, realm, tenant, instance }
}

async function answerTo({ words, usual, read }: Question, ask: NonNullable<Ask>): Promise<string> {
  const hint = usual === undefined ? '' : ` [${usual}]`
  for (let note = ''; ; ) {
    const text = (await ask(`${note}${words}${hint}: `)).trim() || (usual ?? '')
    try {
      return read(text)
    } catch (error) {
      if (!(error instanceof CommanderError || error instanceof CurfewError)) throw error
      note = `  ${error.message}\n`
    }
  }
}
