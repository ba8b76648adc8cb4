import { CommanderError } from 'commander'
import type { Connector, Setup } from '../../connectors/connector.ts'
import { CurfewError } from '../../contract/errors.ts'
import { address, name } from '../argument.ts'

/** What `init` wants to know; what an option said is not asked. */
export interface InitAnswers {
  readonly provider?: string
  readonly address?: string
  readonly realm?: string
  readonly tenant?: string
  readonly instance?: string
}

/** Asks one question; undefined where nobody is there to answer. */
export type Ask = ((question: string) => Promise<string>) | undefined

interface Question {
  readonly option: keyof InitAnswers
  readonly words: string
  /** Taken where nothing is answered. */
  readonly usual?: string
  readonly read: (text: string) => string
}

const questionsOf = (providers: readonly Providing[]): readonly Question[] => [
  {
    option: 'provider',
    words: `Identity provider, ${idsOf(providers).join(' or ')}`,
    usual: idsOf(providers)[0] ?? '',
    read: (text) => providerOf(text, providers),
  },
  { option: 'address', words: 'Its address, such as https://sso.example.com', read: address },
  { option: 'realm', words: 'Realm', read: name },
  { option: 'tenant', words: 'Tenant: your name for whose data it is', usual: 'main', read: name },
  { option: 'instance', words: 'Instance: your name for this provider', usual: 'sso', read: name },
]

/** A provider that `init` can connect. */
export type Providing = Pick<Connector, 'id'> & { readonly setup: Setup }

const idsOf = (providers: readonly Providing[]): readonly string[] => providers.map(({ id }) => id)

function providerOf(text: string, providers: readonly Providing[]): string {
  if (providers.some(({ id }) => id === text)) return text
  throw new CurfewError(
    'SETTINGS_INVALID',
    `there is no provider '${text}'; known are ${idsOf(providers).join(', ')}`,
  )
}

/** Of the two options that not every provider has. */
function isMeant(
  option: keyof InitAnswers,
  provider: string,
  providers: readonly Providing[],
): boolean {
  if (option !== 'address' && option !== 'realm') return true
  return providers.find(({ id }) => id === provider)?.setup.asks.includes(option) ?? false
}

/**
 * What the options did not say, asked for one after the other; an answer that cannot be is asked again.
 *
 * @throws CurfewError SETTINGS_INVALID where nobody can be asked, naming every option that is missing.
 */
export async function askFor(
  told: InitAnswers,
  ask: Ask,
  providers: readonly Providing[],
): Promise<Required<InitAnswers>> {
  const known: { [option: string]: string } = {}
  const missing: string[] = []
  for (const question of questionsOf(providers)) {
    const { option, usual } = question
    const given = told[option]
    if (!isMeant(option, known.provider ?? '', providers)) known[option] = ''
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
