import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { openFileSink } from '../../../src/simulate/sinks/file.ts'

const folder = mkdtempSync(join(tmpdir(), 'sink-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const many = Array.from({ length: 5_000 }, (_, n) => ({ key: 'k', json: `{"n":${n}}` }))
const text = many.map(({ json }) => `${json}\n`).join('')

describe('the file sink', () => {
  it('writes one event a line, packed when the name says so, and never over another file', async () => {
    for (const name of ['events.ndjson', 'events.ndjson.gz']) {
      const path = join(folder, name)
      await using sink = openFileSink(path)
      for (let at = 0; at < many.length; at += 500) await sink.send(many.slice(at, at + 500))
      await sink.close()
      const bytes = readFileSync(path)
      expect((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()).toBe(text)
      await expect(openFileSink(path).close()).rejects.toThrow(/EEXIST/)
    }
  })

  it('says so when the file cannot be written', async () => {
    const sink = openFileSink(join(folder, 'missing', 'events.ndjson.gz'))
    await expect(sink.close()).rejects.toThrow(/ENOENT/)
    await expect(sink.send(many)).rejects.toThrow(/ENOENT/)
  })
})
