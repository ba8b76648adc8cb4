import { openStoreAlone, readOptions } from '../../src/commands/opening.ts'

/** Run as a program: prints the rows of one statement, out of the store that the environment names. */
const { store } = await openStoreAlone(await readOptions('quiet'))
try {
  process.stdout.write(JSON.stringify(await store.ask(process.argv[2] ?? 'select 1')))
} finally {
  await store.close()
}
