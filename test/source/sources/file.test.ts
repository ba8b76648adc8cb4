import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Binding } from '../../../src/contract/raw-message.ts'
import type { Checkpoint } from '../../../src/source/files/checkpoint.ts'
import { makeCheckpoint } from '../../../src/source/files/checkpoint.ts'
import type { Deliver, Source } from '../../../src/source/source.ts'
import type { FileProgress } from '../../../src/source/sources/file.ts'
import { openFiles } from '../../../src/source/sources/file.ts'
import { makeClock, settle, silentLog } from '../../given.ts'

const binding: Binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
}
let folder: string
let checkpoint: Checkpoint
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-file-'))
  checkpoint = makeCheckpoint(join(folder, 'positions'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((source) => source.close(0)))
  await settle()
  await rm(folder, { recursive: true })
})

const opened: Source[] = []
function open(paths: readonly string[], onProgress?: (progress: FileProgress) => void): Source {
  const source = openFiles(paths, {
    binding,
    format: 'v1',
    checkpoint,
    log: silentLog,
    clock: makeClock().clock,
    ...(onProgress ? { onProgress } : {}),
  })
  opened.push(source)
  return source
}

async function aFile(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** Takes every batch and commits it at once, as far as `commits` allows. */
function makeTaker(commits = Number.POSITIVE_INFINITY) {
  const batches: Batch[] = []
  const deliver: Deliver = async (batch) => {
    batches.push(batch)
    if (batches.length > commits) return { durable: new Promise(() => undefined) }
    return { durable: batch.commit() }
  }
  return { batches, deliver }
}

const offsetsOf = (batches: readonly Batch[]) =>
  batches.flatMap(({ messages }) => messages.map(({ offset }) => offset))
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `{"n":${i}}`).join('\n')

describe('a replayed file', () => {
  test('gives every line once, in order, numbered from 0, in batches of at most 2,000', async () => {
    const { batches, deliver } = makeTaker()
    await open([await aFile('a.ndjson', numbered(4_001))]).run(deliver)
    expect(batches.map(({ messages }) => messages.length)).toEqual([2_000, 2_000, 1])
    expect(offsetsOf(batches)).toEqual(Array.from({ length: 4_001 }, (_, i) => i))
    expect(batches[2]?.messages[0]?.value?.toString()).toBe('{"n":4000}')
  })

  test('never acts, whatever its binding says', async () => {
    const { batches, deliver } = makeTaker()
    await open([await aFile('a.ndjson', numbered(1))]).run(deliver)
    expect(batches[0]).toMatchObject({
      partition: 0,
      format: 'v1',
      redelivered: false,
      binding: { tenant: 'acme', lane: 'historical', mayAct: false },
    })
  })

  test('is the same packed or not: the content decides, not the name', async () => {
    const { batches, deliver } = makeTaker()
    const packed = Buffer.concat([gzipSync('{"n":0}\n{"n":1}\n'), gzipSync('\r\n{"n":3}')])
    await open([await aFile('a.ndjson', packed)]).run(deliver)
    expect(offsetsOf(batches)).toEqual([0, 1, 3])
    expect(batches[0]?.messages.map(({ value }) => String(value))).toEqual([
      '{"n":0}',
      '{"n":1}',
      '{"n":3}',
    ])
  })

  test('goes on after a crash where it was recorded, and marks only what may be known', async () => {
    const path = await aFile('a.ndjson', numbered(40_000))
    const before = makeTaker(3)
    const crashed = open([path])
    void crashed.run(before.deliver)
    await expect.poll(() => before.batches.length).toBe(3 + 8)

    const after = makeTaker()
    await open([await aFile('same-under-another-name', numbered(40_000))]).run(after.deliver)
    expect(offsetsOf(after.batches)[0]).toBe(6_000)
    expect(offsetsOf(after.batches)).toHaveLength(34_000)
    const unmarked = after.batches.filter(({ redelivered }) => !redelivered)
    const handedBefore = offsetsOf(before.batches).at(-1) ?? 0
    expect(unmarked[0]?.messages[0]?.offset).toBe(handedBefore + 1)
  })

  test('is marked even when the crash came before its first checkpoint', async () => {
    const path = await aFile('a.ndjson', numbered(3))
    const before = makeTaker(0)
    void open([path]).run(before.deliver)
    await expect.poll(() => before.batches.length).toBe(1)
    const after = makeTaker()
    await open([path]).run(after.deliver)
    expect(after.batches.map(({ redelivered }) => redelivered)).toEqual([true])
  })

  test('is not given again once it is recorded, and another of the same size is', async () => {
    const path = await aFile('a.ndjson', `${numbered(3)}\n\n\n`)
    await open([path]).run(makeTaker().deliver)
    const again = makeTaker()
    const other = await aFile('b.ndjson', `${numbered(2)}\n{"n":9}\n\n\n`)
    const progress: FileProgress[] = []
    await open([path, other], (each) => progress.push(each)).run(again.deliver)
    expect(again.batches).toHaveLength(1)
    expect(again.batches[0]?.messages[2]?.value?.toString()).toBe('{"n":9}')
    expect(progress.filter(({ done }) => done)).toMatchObject([
      { file: 1, files: 2, lines: 5 },
      { file: 2, files: 2, lines: 5, bytesRead: 26, bytesTotal: 26 },
    ])
  })

  test('has no more than eight batches underway', async () => {
    const { batches, deliver } = makeTaker(0)
    void open([await aFile('a.ndjson', numbered(40_000))]).run(deliver)
    await expect.poll(() => batches.length).toBe(8)
    await settle()
    expect(batches).toHaveLength(8)
  })
})

describe('a file that cannot be replayed whole', () => {
  test('gives what is too large for decode to reject, and holds no more of it than its head', async () => {
    const { batches, deliver } = makeTaker()
    const long = `{"long":"${'x'.repeat(5 * 1024 * 1024)}"}`
    await open([await aFile('a.ndjson', `{"n":0}\n${long}\n{"n":2}`)]).run(deliver)
    expect(offsetsOf(batches)).toEqual([0, 1, 2])
    const head = batches[0]?.messages[1]?.value
    expect(head?.length).toBe(300 * 1024)
    expect(head?.buffer.byteLength).toBeLessThan(1024 * 1024)
  })

  test('gives large lines in batches of few megabytes', async () => {
    const { batches, deliver } = makeTaker()
    const line = `${'x'.repeat(3 * 1024 * 1024)}\n`
    await open([await aFile('a.ndjson', line.repeat(7))]).run(deliver)
    expect(batches.map(({ messages }) => messages.length)).toEqual([3, 3, 1])
  })

  test('gives and keeps every whole line before the fault of a torn archive, then names it', async () => {
    const lines = Array.from({ length: 30_000 }, () => randomBytes(20).toString('hex')).join('\n')
    const packed = gzipSync(lines)
    const { batches, deliver } = makeTaker()
    const path = await aFile('a.gz', packed.subarray(0, packed.length - 50_000))
    await expect(open([path]).run(deliver)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    const given = offsetsOf(batches).length
    expect(given).toBeGreaterThan(20_000)
    expect(await checkpoint.read(batches[0]?.source ?? '')).toBe(given)
  })

  test('is refused when it is a decompression bomb', async () => {
    const path = await aFile('bomb.gz', gzipSync(Buffer.alloc(200 * 1024 * 1024, 'a')))
    await expect(open([path]).run(makeTaker().deliver)).rejects.toThrow('decompression bomb')
  })

  test('is named when it is not there or not a file', async () => {
    const run = (path: string) => open([path]).run(makeTaker().deliver)
    await expect(run(join(folder, 'absent'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await expect(run(folder)).rejects.toThrow('not a regular file')
  })

  test('is empty without harm', async () => {
    const { batches, deliver } = makeTaker()
    await open([await aFile('empty', ''), await aFile('blank', '\n\n')]).run(deliver)
    expect(batches).toEqual([])
  })
})

describe('the end of a replay', () => {
  test('waits for what was handed over, and leaves the rest for the next run', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const batches: Batch[] = []
    const source = open([await aFile('a.ndjson', numbered(40_000))])
    const run = source.run(async (batch) => {
      batches.push(batch)
      return { durable: promise.then(batch.commit) }
    })
    await expect.poll(() => batches.length).toBe(8)
    const closed = source.close()
    resolve()
    await Promise.all([run, closed])
    expect(batches).toHaveLength(8)
    expect(await checkpoint.read(batches[0]?.source ?? '')).toBe(16_000)
  })

  test('does not wait beyond the time it is given', async () => {
    const time = makeClock()
    const source = openFiles([await aFile('a.ndjson', numbered(1))], {
      binding,
      format: 'v1',
      checkpoint,
      log: silentLog,
      clock: time.clock,
    })
    const { batches, deliver } = makeTaker(0)
    const run = source.run(deliver)
    await expect.poll(() => batches.length).toBe(1)
    const closed = source.close(5_000)
    await time.advance(5_000)
    await Promise.all([closed, run])
    expect(await checkpoint.read(batches[0]?.source ?? '')).toBe(0)
  })

  test('says with each batch what is around its events, where it was told', async () => {
    const path = await aFile('a.ndjson', numbered(1))
    const ports = { binding, format: 'v1', checkpoint, log: silentLog, clock: makeClock().clock }
    const { batches, deliver } = makeTaker()
    await openFiles([path], { ...ports, envelope: 'connect' }).run(deliver)
    expect(batches.map(({ envelope }) => envelope)).toEqual(['connect'])
  })

  test('a batch that fails for good ends the replay with that failure', async () => {
    const source = open([await aFile('a.ndjson', numbered(3))])
    const failure = new Error('the store refused it')
    await expect(source.run(async () => ({ durable: Promise.reject(failure) }))).rejects.toBe(
      failure,
    )
    await expect(source.close()).resolves.toBeUndefined()
  })
})
