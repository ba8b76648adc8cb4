import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // The engine is loaded in the process that tests it, and a thread that loaded it must not
    // exit before its process does: forks, never threads.
    pool: 'forks',
    reporters: ['default'],
    // One pool for both projects: no core stands idle until the last unit test is over.
    // Three on two cores, since one of them mostly waits for a provider, a broker or a clock.
    maxWorkers: 3,
    // What is waited for comes late on a busy machine, and no test is about how late.
    expect: { poll: { timeout: 15_000 } },
    // The programs that tests start, hundreds of times, are read and compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.int.test.ts'],
          testTimeout: 20_000,
          // They keep nothing beside their own file, and reading the sources anew for each takes half the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.int.test.ts'],
          globalSetup: ['test/parts/keycloak-once.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
