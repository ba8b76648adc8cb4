import { spawnSync } from 'node:child_process'
import { relative } from 'node:path'
import { KCADM_FOLDER, KEYCLOAK_VERSIONS, keycloakFolder } from './keycloak-versions.ts'
import { findJava, findMaven, isFetched } from './maven.ts'

/** The folder of the broker among the fetched parts. */
export const KAFKA_FOLDER = 'kafka-4.1.1'

/** The tester of the API, and its folder among the fetched parts. */
export const SCHEMATHESIS_VERSION = '4.32.5'
export const SCHEMATHESIS_FOLDER = `schemathesis-${SCHEMATHESIS_VERSION}`

/** The parts that tests can ask for, each with the variable that names one in place of our own. */
export const PARTS = {
  kafka: { folders: [KAFKA_FOLDER], override: 'CURFEW_TEST_KAFKA' },
  keycloak: {
    folders: [...KEYCLOAK_VERSIONS.map(keycloakFolder), KCADM_FOLDER],
    override: 'CURFEW_TEST_KEYCLOAK',
  },
  python: { folders: [], override: 'CURFEW_TEST_PYTHON' },
  schemathesis: { folders: [SCHEMATHESIS_FOLDER], override: 'CURFEW_TEST_SCHEMATHESIS' },
} as const

export type Part = keyof typeof PARTS

/** What the environment gives in place of a part of our own; set to nothing counts as not set. */
export const givenFor = (part: Part): string | undefined =>
  process.env[PARTS[part].override] || undefined

/**
 * Whether this machine cannot run `part`, for `describe.skipIf(lacks('kafka', import.meta.filename))`.
 *
 * Says on stderr which file is skipped and for want of what: a silent skip looks like a pass.
 * With CI set it throws instead, so a build machine without Java cannot be green.
 */
export const lacks = (part: Part, testFile: string): boolean => {
  const missing = missingFor(part)
  if (missing.length === 0) return false
  const file = relative(process.cwd(), testFile)
  const { override } = PARTS[part]
  const message = `${file} needs a real ${part}, and this machine lacks ${missing.join(' and ')}. Install it or set ${override}.`
  if (isContinuousIntegration()) throw new Error(message)
  process.stderr.write(`SKIPPED: ${message}\n`)
  return true
}

/** What this machine lacks to run a part; nothing when one is given. */
export const missingFor = (part: Part): readonly string[] => {
  if (givenFor(part) !== undefined) return []
  if (part === 'python') return runs('python3', '--version') ? [] : ['Python 3']
  if (part === 'schemathesis') {
    if (runs('python3', '-c', canInstall)) return []
    return ['Python 3.10 or later with venv']
  }
  const missing: string[] = []
  if (findJava() === undefined) missing.push('Java 17 or later')
  if (!PARTS[part].folders.every(isFetched) && findMaven() === undefined) missing.push('Maven')
  return missing
}

const canInstall = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'
const runs = (program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args).status === 0

const isContinuousIntegration = (): boolean => {
  const told = process.env.CI ?? ''
  return told !== '' && told !== '0' && told.toLowerCase() !== 'false'
}
