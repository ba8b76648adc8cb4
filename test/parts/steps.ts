import { Session } from 'node:inspector/promises'
import { setFlagsFromString } from 'node:v8'

const compilers = ['opt', 'maglev']

/**
 * How often functions and branches of our sources run during a work. The count is the same on every
 * machine, under any load; what the engine's own functions do inside, such as `includes`, is not in it.
 */
export async function stepsOf(work: () => unknown): Promise<number> {
  const session = new Session()
  session.connect()
  // What a compiler inlines is not counted.
  for (const compiler of compilers) setFlagsFromString(`--no-${compiler}`)
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    await work()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return result
      .filter(({ url }) => url.includes('/src/'))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
      .reduce((sum, { count }) => sum + count, 0)
  } finally {
    await session.post('Profiler.stopPreciseCoverage')
    session.disconnect()
    for (const compiler of compilers) setFlagsFromString(`--${compiler}`)
  }
}

/** How many times the steps of a work it takes for ten times as much; the larger comes first, as a rehearsal. */
export async function growthOf(size: number, work: (size: number) => unknown): Promise<number> {
  await stepsOf(() => work(10 * size))
  const small = await stepsOf(() => work(size))
  return (await stepsOf(() => work(10 * size))) / small
}
