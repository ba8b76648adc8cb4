import type { TObject } from 'typebox'
import { problemsOf } from '../contract/problems.ts'

/** The part of a connector that the check of feed options needs. */
export interface FeedRules {
  readonly id: string
  readonly title: string
  readonly feed?: { readonly settings: TObject }
}

/** Feed options of a connection that the feed of its provider does not have or accept. */
export function feedProblems(
  { feed, provider }: { readonly feed?: object; readonly provider?: string },
  place: string,
  connectors: readonly FeedRules[],
): readonly string[] {
  const given = Object.entries(feed ?? {}).filter(([name]) => name !== 'every_ms')
  const own = connectors.find(({ id }) => id === provider)?.feed?.settings
  const isOwn = (name: string) => own?.properties[name] !== undefined
  const strange = given.map(([name]) => name).filter((name) => !isOwn(name))
  const taken = Object.fromEntries(given.filter(([name]) => isOwn(name)))
  return [
    ...strange.map((name) => `${place}/${name}: ${whyStrange(name, own, connectors)}`),
    ...(own === undefined ? [] : problemsOf(own, taken).map((line) => `${place}${line}`)),
  ]
}

function whyStrange(
  name: string,
  own: TObject | undefined,
  connectors: readonly FeedRules[],
): string {
  const others = connectors.filter(({ feed }) => feed?.settings.properties[name] !== undefined)
  if (others.length > 0) return `is for ${others.map(({ title }) => title).join(' and ')} only`
  return `no such field; known are ${['every_ms', ...Object.keys(own?.properties ?? {})].join(', ')}`
}
