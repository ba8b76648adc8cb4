import type { KafkaTopic } from './settings.ts'

/**
 * Chooses the topics to read, each with the first entry whose name or pattern fits. Kafka's own topics never fit a pattern.
 *
 * @throws TypeError when an entry has neither name nor pattern, both, or a malformed pattern.
 */
export function makeTopicChoice(
  topics: readonly KafkaTopic[],
): (name: string) => KafkaTopic | undefined {
  const tests = topics.map((entry) => ({ entry, fits: testOf(entry) }))
  return (name) => tests.find(({ fits }) => fits(name))?.entry
}

function testOf({ topic, pattern }: KafkaTopic): (name: string) => boolean {
  if (topic !== undefined && pattern === undefined) return (name) => name === topic
  if (pattern !== undefined && topic === undefined) {
    const full = new RegExp(`^(?:${pattern})$`, 'u')
    return (name) => !name.startsWith('__') && full.test(name)
  }
  throw new TypeError('a topic entry needs either `topic` or `pattern`')
}
