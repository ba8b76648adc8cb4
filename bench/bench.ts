/** `npm run bench` takes events in and counts them; with `--scale` it asks questions of large stores. */
if (process.argv.includes('--scale')) await import('./scale.ts')
else await import('./throughput.ts')
