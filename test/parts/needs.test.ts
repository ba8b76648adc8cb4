import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lacks } from './needs.ts'

const FILE = `${process.cwd()}/test/source/some.int.test.ts`
const written: string[] = []

beforeEach(() => {
  written.length = 0
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  // A machine on which nothing is installed and nothing was fetched.
  vi.stubEnv('PATH', '/nowhere')
  vi.stubEnv('JAVA_HOME', '/nowhere')
  vi.stubEnv('MAVEN_HOME', '/nowhere')
  vi.stubEnv('CURFEW_TEST_PARTS_DIR', '/nowhere')
  vi.stubEnv('CURFEW_TEST_KAFKA', undefined)
  vi.stubEnv('CURFEW_TEST_KEYCLOAK', undefined)
  vi.stubEnv('CI', undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

test('a test file without Java is skipped by name, on one line that says what to install', () => {
  expect(lacks('kafka', FILE)).toBe(true)
  expect(written).toEqual([
    'SKIPPED: test/source/some.int.test.ts needs a real kafka, and this machine lacks Java 17 or later and Maven. Install it or set CURFEW_TEST_KAFKA.\n',
  ])
})

test('a build machine without Java fails instead of skipping', () => {
  vi.stubEnv('CI', 'true')
  expect(() => lacks('keycloak', FILE)).toThrow('lacks Java 17 or later and Maven')
})

test('a test file without Python is skipped by name, too', () => {
  expect(lacks('python', FILE)).toBe(true)
  expect(written).toEqual([
    'SKIPPED: test/source/some.int.test.ts needs a real python, and this machine lacks Python 3. Install it or set CURFEW_TEST_PYTHON.\n',
  ])
  vi.stubEnv('CI', 'true')
  expect(() => lacks('schemathesis', FILE)).toThrow('lacks Python 3.10 or later with venv')
})

test('a part named by the environment needs neither Java nor Maven', () => {
  vi.stubEnv('CI', 'true')
  vi.stubEnv('CURFEW_TEST_KEYCLOAK', 'http://192.0.2.7:8080')
  expect(lacks('keycloak', FILE)).toBe(false)
  expect(written).toEqual([])
})
