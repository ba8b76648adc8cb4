import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { version } from '../../../src/config/version.ts'
import { loadApiCatalogs } from '../../../src/runtime/api-catalogs.ts'
import { openapi } from '../../../src/show/show.ts'
import { aServer, bearer } from '../server.ts'

describe('readiness', () => {
  const ask = async (...states: readonly ('ready' | 'degraded' | 'down')[]) => {
    const health = async () => states.map((state, index) => ({ name: `check-${index}`, state }))
    await using server = await aServer({ health })
    const answer = await server.inject('/readyz')
    return [answer.statusCode, answer.json().state]
  }

  it('is 503 when something without which nothing can be answered is down', async () => {
    expect(await ask('ready', 'degraded', 'down')).toEqual([503, 'down'])
  })

  it('is 200 and degraded when only something that we watch is away', async () => {
    expect(await ask('ready', 'degraded')).toEqual([200, 'degraded'])
  })

  it('shows what is wrong in words, and nothing else of a check', async () => {
    const health = async () => [
      {
        name: 'store',
        state: 'degraded' as const,
        detail: 'it is slow',
        url: 'http://inside:8123',
      },
    ]
    await using server = await aServer({ health })
    const checks = [{ name: 'store', state: 'degraded', detail: 'it is slow' }]
    expect((await server.inject('/readyz')).json()).toEqual({ state: 'degraded', checks })
  })
})

describe('the metrics page', () => {
  const get = (remoteAddress: string, headers: { readonly [name: string]: string } = {}) => ({
    url: '/metrics',
    remoteAddress,
    headers,
  })

  it.each(['198.51.100.7', '10.0.0.1', '::ffff:198.51.100.7', '2001:db8::1', '1.127.0.1'])(
    'is closed to %s without a token',
    async (address) => {
      await using server = await aServer()
      expect((await server.inject(get(address))).statusCode).toBe(401)
    },
  )

  it.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])(
    'is closed to a proxy on this machine that says so by %s',
    async (header) => {
      await using server = await aServer()
      const answer = await server.inject(get('127.0.0.1', { [header]: '127.0.0.1' }))
      expect(answer.statusCode).toBe(401)
    },
  )

  it('is closed to a token that is not known, on this machine as well', async () => {
    await using server = await aServer()
    const answer = await server.inject(get('127.0.0.1', { authorization: 'Bearer nobody' }))
    expect(answer.statusCode).toBe(401)
  })

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'is open to %s, which is this machine',
    async (address) => {
      await using server = await aServer()
      const answer = await server.inject(get(address))
      expect(answer.body).toBe('# HELP curfew_up\n')
      expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    },
  )

  it('is open to an admin from anywhere', async () => {
    await using server = await aServer()
    expect((await server.inject(get('198.51.100.7', bearer('admin')))).statusCode).toBe(200)
  })
})

describe('the page that describes the API', () => {
  it('is where the bare address leads', async () => {
    await using server = await aServer()
    const { statusCode, headers } = await server.inject('/')
    expect([statusCode, headers.location]).toEqual([302, '/docs'])
  })

  it('asks no other host for anything, and its policy forbids it', async () => {
    await using server = await aServer()
    const page = await server.inject('/docs/')
    expect(page.body).not.toMatch(/https?:\/\//)
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self';/,
    )
    expect(page.headers['content-security-policy']).not.toMatch(/https?:|\*/)
    // Its policy lets no script run that stands in the page itself.
    const scripts = page.body.match(/<script[^>]*>/g) ?? []
    expect(scripts.length).toBeGreaterThan(2)
    expect(scripts.filter((script) => !script.includes(' src="./static/'))).toEqual([])
    expect(page.body).not.toMatch(/ on\w+=/)
  })

  it('brings all that it needs along', async () => {
    await using server = await aServer()
    const page = await server.inject('/docs/')
    const needed = Array.from(
      page.body.matchAll(/(?:src|href)="\.\/([^"]+)"/g),
      (found) => found[1],
    )
    expect(needed.length).toBeGreaterThan(3)
    for (const file of needed) {
      expect([file, (await server.inject(`/docs/${file}`)).statusCode]).toEqual([file, 200])
    }
  })
})

interface Operation {
  readonly operationId?: unknown
  readonly requestBody?: unknown
  readonly responses?: object
}

const describedAs = async (version: string) =>
  await openapi({ version, ...(await loadApiCatalogs()) })

async function operationsOf(): Promise<readonly Operation[]> {
  const { paths = {} }: { paths?: object } = await describedAs('1')
  return Object.values(paths).flatMap((methods) => Object.values(methods) as Operation[])
}

describe('the description', () => {
  it('is the same each time, and is what `curfew schemas` keeps in a file', async () => {
    const described = JSON.stringify(await describedAs(version), null, 2)
    expect(`${described}\n`).toBe(readFileSync('schemas/openapi.json', 'utf8'))
  })

  it('has every path, with a summary, an answer and how failures look', async () => {
    await using server = await aServer()
    const description: { paths?: object } = await describedAs('1')
    const paths = Object.entries(description.paths ?? {})
    const descriptions = ['/', '/openapi.json', '/asyncapi.json']
    const shown = server.endpoints.filter(({ url }) => !descriptions.includes(url))
    const told = paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    expect(told).toHaveLength(shown.length)
    const poor = told.filter(({ operation }) => {
      const { summary, description: more, responses } = Object(operation)
      const isSaid = typeof summary === 'string' && typeof more === 'string'
      return !isSaid || !('4XX' in responses) || !('5XX' in responses)
    })
    expect(poor).toEqual([])
  })

  it('names every operation once, and says of every answer what it is', async () => {
    const operations = await operationsOf()
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids.filter((id) => !/^[a-z]+[A-Za-z]*$/.test(String(id)))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
    const answers = operations.flatMap(({ responses }) => Object.values(responses ?? {}))
    expect(answers.filter((answer) => Object(answer).description === 'Default Response')).toEqual(
      [],
    )
  })

  it('shows an example that is valid wherever JSON goes in or comes out', async () => {
    const operations = await operationsOf()
    const media = operations.flatMap(({ requestBody, responses }) =>
      [requestBody, ...Object.values(responses ?? {})].map(
        (each) => Object(Object(each).content)['application/json'],
      ),
    )
    // What refers to another part of the description is an example of that part's own.
    const shown = media.filter((each) => each && !JSON.stringify(each.schema).includes('$ref'))
    expect(shown.length).toBeGreaterThan(25)
    const wrong = shown.filter(({ schema, example }) => !Value.Check(schema, example))
    expect(wrong.map(({ example }) => example)).toEqual([])
  })

  it('is what the server itself serves', async () => {
    await using server = await aServer()
    expect((await server.inject('/openapi.json')).json()).toEqual(
      JSON.parse(JSON.stringify(await describedAs('0.1.0'))),
    )
  })
})

describe('every answer', () => {
  it('forbids a browser to run, frame, sniff or keep anything of it', async () => {
    await using server = await aServer()
    const { headers } = await server.inject({ url: '/v1/findings', headers: bearer('viewer') })
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
  })
})

it('says of the metrics page what it is: text, and no JSON', async () => {
  await using server = await aServer()
  const answer = await server.inject({ url: '/openapi.json', headers: bearer('viewer') })
  const { content } = answer.json().paths['/metrics'].get.responses['200']
  expect(Object.keys(content)).toEqual(['text/plain'])
  const page = await server.inject({ url: '/metrics' })
  expect(page.headers['content-type']).toMatch(/^text\/plain/)
})
