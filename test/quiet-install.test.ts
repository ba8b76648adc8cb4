import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

interface Manifest {
  readonly engines: { readonly node: string }
  readonly dependencies: { readonly [name: string]: string }
}

const npmrc = readFileSync('.npmrc', 'utf8')
const settings = new Map(
  npmrc.split('\n').flatMap((line) => {
    const [name = '', value] = line.split('=')
    return value === undefined || line.startsWith('#') ? [] : [[name, value] as const]
  }),
)
const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const numbers = (version: string) => version.replace(/^\D+/, '').split('.').map(Number)

/** npm warns of engines (EBADENGINE) by its own Node, and refuses them where it is strict. */
it('npm says nothing about engines when an older Node runs it, and refuses none', () => {
  expect(settings.get('loglevel')).toBe('error')
  expect(settings.get('engine-strict') ?? 'false').toBe('false')
})

it('Curfew runs on a Node of its packages that is what it says it needs', () => {
  const [major = 0, minor = 0] = numbers(manifest.dependencies.node ?? '')
  const [least = 0, leastMinor = 0] = numbers(manifest.engines.node)
  expect(manifest.engines.node).toMatch(/^>=\d+\.\d+$/)
  expect(major > least || (major === least && minor >= leastMinor)).toBe(true)
  expect(readFileSync('curfew', 'utf8')).toContain('node_modules/.bin/node')
})
