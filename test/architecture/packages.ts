import { importsOf, isIn } from './imports.ts'
import type { ProjectFile } from './project.ts'
import { codeOf } from './project.ts'
import type { Rule } from './rule.ts'

/** Where each package may be imported; replacing one then touches only this place. */
const fences: { readonly [name: string]: readonly string[] } = {
  typebox: ['src/'],
  kafkajs: [
    'src/source/kafka/client.ts',
    'src/source/sources/kafka.ts',
    'src/source/leader/kafka-leader-lease.ts',
  ],
  'lz4-napi': ['src/source/kafka/codecs.ts'],
  snappy: ['src/source/kafka/codecs.ts'],
  '@clickhouse/client': ['src/store/clickhouse.ts'],
  chdb: ['src/store/clickhouse.ts'],
  'geoip-lite': ['src/enrich/place.ts'],
  'mmdb-lib': ['src/enrich/mmdb.ts', 'src/enrich/mmdb-tree.ts'],
  'ua-parser-js': ['src/enrich/device.ts'],
  isbot: ['src/enrich/agents.ts'],
  fastify: ['src/show/'],
  '@fastify/helmet': ['src/show/'],
  '@fastify/rate-limit': ['src/show/'],
  '@fastify/swagger': ['src/show/'],
  '@fastify/swagger-ui': ['src/show/'],
  '@fastify/type-provider-typebox': ['src/show/'],
  'prom-client': ['src/show/metrics/metrics.ts'],
  'csv-stringify': ['src/show/render/csv.ts'],
  standardwebhooks: ['src/runtime/notify.ts'],
  yaml: ['src/config/read-yaml.ts'],
  pino: ['src/process/log.ts'],
  commander: ['src/cli.ts', 'src/commands/'],
  '@grafana/grafana-foundation-sdk': ['dashboards/'],
}

/** Dependencies that no file imports, each with the reason to have it. */
const unimported: { readonly [name: string]: string } = {
  node: 'the scripts run on it, so that an older Node on the machine does not matter',
}

/** Measures packages against each other, so its files may import any of them. */
const bench = 'bench/'

export const fenceRule: Rule = {
  title: 'a package is imported only in the place that fences it',
  check: (files) =>
    importsOf(codeOf(files))
      .filter(
        ({ from, to, kind }) => kind === 'package' && !isIn(from, [...(fences[to] ?? []), bench]),
      )
      .map(({ from, to }) =>
        fences[to] === undefined
          ? `${from} imports ${to}, a package without a fence`
          : `${from} imports ${to}, which belongs in ${fences[to].join(', ')}`,
      ),
  plants: [
    {
      name: 'packages outside their place, by any kind of import',
      files: {
        'src/source/sources/kafka.ts': "import { Kafka } from 'kafkajs'\n",
        'src/source/kafka/log.ts': "import type { logLevel } from 'kafkajs'\n",
        'src/show/show.ts': "const chdb = await import('chdb/connection')\n",
        'src/enrich/enrich.ts': "const place = require('geoip-lite/package.json')\n",
        'src/decode/decode.ts': "import helmet from '@fastify/helmet'\n",
        'bench/bench.ts': "import { Kafka } from 'kafkajs'\n",
      },
      finds: [
        'src/source/kafka/log.ts imports kafkajs, which belongs in src/source/kafka/client.ts, src/source/sources/kafka.ts, src/source/leader/kafka-leader-lease.ts',
        'src/show/show.ts imports chdb, which belongs in src/store/clickhouse.ts',
        'src/enrich/enrich.ts imports geoip-lite, which belongs in src/enrich/place.ts',
        'src/decode/decode.ts imports @fastify/helmet, which belongs in src/show/',
      ],
    },
    {
      name: 'a package that nobody decided on, and one that is for tests',
      files: {
        'src/detect/detect.ts': "import _ from 'lodash'\nimport 'vitest'\n",
        'src/contract/event.ts': "import { Type } from 'typebox'\n",
      },
      finds: [
        'src/detect/detect.ts imports lodash, a package without a fence',
        'src/detect/detect.ts imports vitest, a package without a fence',
      ],
    },
  ],
}

export const dependencyRule: Rule = {
  title: 'every dependency is imported somewhere, or here with the reason to have it',
  check: (files) => {
    const declared = declaredIn(files)
    const imported = new Set(importsOf(codeOf(files)).map(({ to }) => to))
    return [
      ...declared
        .filter((name) => !imported.has(name) && unimported[name] === undefined)
        .map((name) => `package.json names ${name}, which nothing imports`),
      ...Object.keys(unimported)
        .filter((name) => imported.has(name) || !declared.includes(name))
        .map((name) => `${name} needs no reason any more`),
      ...Object.keys(fences)
        .filter((name) => imported.has(name) && !declared.includes(name))
        .map((name) => `package.json does not name ${name}, which is imported`),
    ]
  },
  plants: [
    {
      name: 'a dependency that is not used, and one that is not named',
      files: {
        'package.json': '{ "dependencies": { "node": "24", "yaml": "2", "pino": "10" } }',
        'src/config/read-yaml.ts': "import { parse } from 'yaml'\n",
        'src/cli.ts': "import { Command } from 'commander'\n",
      },
      finds: [
        'package.json names pino, which nothing imports',
        'package.json does not name commander, which is imported',
      ],
    },
    {
      name: 'a reason that has gone',
      files: { 'package.json': '{ "dependencies": {} }' },
      finds: ['node needs no reason any more'],
    },
  ],
}

function declaredIn(files: readonly ProjectFile[]): readonly string[] {
  const text = files.find(({ path }) => path === 'package.json')?.text ?? '{}'
  const manifest: { readonly dependencies?: object } = JSON.parse(text)
  return Object.keys(manifest.dependencies ?? {})
}
