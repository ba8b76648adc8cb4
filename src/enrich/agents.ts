import { createIsbotFromList, list } from 'isbot'
import type { AgentClass } from '../contract/enriched-event.ts'

/**
 * Builds the reader of declarations: what a user agent says by name that it is, or undefined when
 * it looks like something a person holds. Costs a few regular expressions without nested
 * repetition, so that no text an attacker sends takes more than linear time.
 *
 * The order matters: an agent that says it acts for a person is that before it is a bot, and an
 * HTTP library is a script although lists of bots know its name.
 */
export function makeDeclaredClassOf(): (userAgent: string) => AgentClass | undefined {
  const isBot = createIsbotFromList(list.filter(namesSomething))
  return (userAgent) => {
    if (aiAgentName.test(userAgent)) return 'ai_agent'
    if (headlessMark.test(userAgent)) return 'headless'
    if (isScript(userAgent)) return 'script'
    // Before the list of bots, which counts the HTTP stacks of ordinary apps among them.
    if (appMark.test(userAgent) && !botWord.test(userAgent)) return 'app'
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

/** The words between two names are never letters or digits: `ngrok` is not `grok`. */
const named = (names: readonly string[]) =>
  new RegExp(`(?:^|[^a-z0-9])(?:${names.join('|')})(?![a-z0-9])`, 'i')

/**
 * Names from what the operators publish about their own agents: those that fetch for a person who
 * asks, those that crawl for models, coding agents, and frameworks. The last line is the token that
 * command-line tools add when an agent runs them (`Agent/claude-code`).
 */
const aiAgentName = named([
  'chatgpt-user',
  'chatgpt[ -]agent',
  'gptbot',
  'oai-searchbot',
  'claude-user',
  'claude-searchbot',
  'claude-web',
  'claudebot',
  'claude-cli',
  'claude[ -]code',
  'anthropic-ai',
  'perplexity-user',
  'perplexitybot',
  'mistralai-user',
  'cohere-ai',
  'cohere-training-data-crawler',
  'gemini-deep-research',
  'geminicli',
  'google-agent',
  'googleagent-[a-z]{1,20}',
  'google-cloudvertexbot',
  'google-notebooklm',
  'meta-externalagent',
  'meta-externalfetcher',
  'novaact',
  'manus-user',
  'duckassistbot',
  'youbot',
  'phindbot',
  'bytespider',
  'ccbot',
  'ai2bot',
  'diffbot',
  'codex_[a-z_]{1,20}',
  'codex-tui',
  'githubcopilot(?:chat)?',
  'copilot-cli',
  'devin',
  'cursor/[0-9][0-9.]{0,12}',
  'windsurf/[0-9][0-9.]{0,12}',
  'opencode',
  'browser-use',
  'firecrawl(?:agent)?',
  'crawl4ai',
  'langchain',
  'llamaindex',
  'auto-?gpt',
  '(?:coding-)?agent/[a-z][a-z-]{1,30}',
])

const headlessMark = named([
  'headlesschrome',
  'phantomjs',
  'slimerjs',
  'casperjs',
  'puppeteer',
  'playwright',
  'selenium',
  'webdriver',
  'cypress',
  'testcafe',
  'htmlunit',
  'jsdom',
  'chrome-lighthouse',
])

const appMark = named([
  'okhttp',
  'cfnetwork',
  'dalvik',
  'alamofire',
  'electron',
  'expo',
  'reactnative',
  'scale/[0-9][0-9.]{0,5}',
])

const botWord = /bot\b|crawl|spider|preview|monitor/i

/** By the first product name alone: libraries put themselves first unless an app hides them. */
function isScript(userAgent: string): boolean {
  const product = (/^[^\s/(;,]{1,64}/.exec(userAgent)?.[0] ?? '').toLowerCase()
  return (
    scriptProducts.has(product) ||
    scriptPrefixes.some((prefix) => product.startsWith(prefix)) ||
    /powershell\//i.test(userAgent)
  )
}

const scriptPrefixes = ['python-', 'aws-sdk-', 'google-api-', 'azsdk-', 'libcurl', 'lwp::']

const scriptProducts: ReadonlySet<string> = new Set([
  'aiohttp',
  'apache-httpclient',
  'apachebench',
  'aws-cli',
  'axios',
  'boto3',
  'botocore',
  'bruno-runtime',
  'bun',
  'curl',
  'dart',
  'deno',
  'faraday',
  'fasthttp',
  'git',
  'go-http-client',
  'go-resty',
  'got',
  'guzzlehttp',
  'hey',
  'http.rb',
  'httpie',
  'httpx',
  'hyper',
  'insomnia',
  'jakarta',
  'java',
  'java-http-client',
  'k6',
  'ktor-client',
  'kubectl',
  'libwww-perl',
  'mechanize',
  'needle',
  'node',
  'node-fetch',
  'node-superagent',
  'node.js',
  'okhttp',
  'php',
  'postmanruntime',
  'powershell',
  'python',
  'reqwest',
  'rest-client',
  'restsharp',
  'ruby',
  'scrapy',
  'superagent',
  'terraform',
  'typhoeus',
  'undici',
  'ureq',
  'urllib3',
  'wget',
  'winhttp',
  'winhttp.winhttprequest',
  'xh',
  'zgrab',
])
