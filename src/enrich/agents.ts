import { createIsbotFromList, list } from 'isbot'
import type { AgentClass } from '../contract/enriched-event.ts'
import {
  appNames,
  headlessNames,
  monitorNames,
  scriptPrefixes,
  scriptProducts,
} from './agent-names.ts'
import { aiAgentNames, aiAgentProducts, sdkLanguages } from './ai-agent-names.ts'

/**
 * Builds the reader of declarations: what a user agent says by name that it is, or undefined when
 * it looks like something a person holds. Costs a few regular expressions without nested
 * repetition, so that no text an attacker sends takes more than linear time.
 *
 * The order matters: an agent that says it acts for a person is that before it is a bot, a monitor
 * is a bot before it is the library it is built on, and an HTTP library is a script although lists of
 * bots know its name.
 */
export function makeDeclaredClassOf(): (userAgent: string) => AgentClass | undefined {
  const isBot = createIsbotFromList(list.filter(namesSomething))
  return (userAgent) => {
    const product = (/^[^\s/(;,]{1,64}/.exec(userAgent)?.[0] ?? '').toLowerCase()
    const isApp = appMark.test(userAgent)
    if (aiAgentName.test(userAgent)) return 'ai_agent'
    if (aiAgentProducts.has(product) && !isApp) return 'ai_agent'
    if (headlessMark.test(userAgent)) return 'headless'
    if (monitorMark.test(userAgent)) return 'bot'
    if (isScript(product, userAgent)) return 'script'
    // Before the list of bots, which counts the HTTP stacks of ordinary apps among them.
    if (isApp && !botWord.test(userAgent)) return 'app'
    return isBot(userAgent) ? 'bot' : undefined
  }
}

/**
 * Some patterns of the bot list only say "not shaped like a browser": they match names that nobody
 * has. With them every company's own app would be a bot.
 */
function namesSomething(pattern: string): boolean {
  const regExp = new RegExp(pattern, 'i')
  return !inventedNames.some((name) => regExp.test(name))
}

const inventedNames = ['Zqv', 'Zqv Wmx', 'Zqv/3', 'Zqv/3.4', 'Zqv/3.4.1', 'Zqv-Wmx/3.4 (Qzq)']

/** The characters beside a name are never letters or digits: `ngrok` is not `grok`. */
const named = (names: readonly string[]) =>
  new RegExp(`(?:^|[^a-z0-9])(?:${names.join('|')})(?![a-z0-9])`, 'i')

const aiAgentName = named(aiAgentNames)
const headlessMark = named(headlessNames)
const monitorMark = named(monitorNames)
const appMark = named(appNames)

/** Cubot is a maker of phones. */
const botWord = /(?<!cu)bot\b|crawl|spider|preview|monitor/i

/** What generators of SDKs send for any vendor: `Acme/Python 1.2.3`. */
const sdkMark = new RegExp(`^[\\w.-]{1,40}/(?:${sdkLanguages.join('|')})(?![a-z0-9])`, 'i')

/** The same the other way round, and tools that say they are for the command line: `acme-python/5.30`. */
const sdkProduct = new RegExp(`-(?:${sdkLanguages.join('|')})$`)

/** By the first product name alone: libraries put themselves first unless an app hides them. */
function isScript(product: string, userAgent: string): boolean {
  return (
    scriptProducts.has(product) ||
    sdkProduct.test(product) ||
    scriptPrefixes.some((prefix) => product.startsWith(prefix)) ||
    sdkMark.test(userAgent) ||
    /powershell\//i.test(userAgent)
  )
}
