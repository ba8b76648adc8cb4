import { once } from 'node:events'
import { createServer } from 'node:net'

const STARTS_MAX = 3

/**
 * Ports of 127.0.0.1 that nothing listens on now. They are all held until all are known, so they
 * differ; somebody may still take one before it is used, so the caller tries again when that shows.
 */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new TypeError('Not a TCP port')
    ports.push(address.port)
  }
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return ports
}

/** Starts again, a few times, when what was started failed because its port had been taken. */
export const againWhilePortTaken = async <Started>(
  start: () => Promise<Started>,
): Promise<Started> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const isTaken =
        error instanceof Error && /[Aa]ddress already in use|BindException/.test(error.message)
      if (attempt === STARTS_MAX || !isTaken) throw error
    }
  }
}
