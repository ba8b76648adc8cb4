import type { ProjectFile } from './project.ts'
import { withoutComments } from './project.ts'
import type { Rule } from './rule.ts'

const testsOf = (files: readonly ProjectFile[]) =>
  files.filter(({ path }) => path.endsWith('.test.ts'))

export const expectationRule: Rule = {
  title: 'every test file expects something',
  check: (files) =>
    testsOf(files)
      .filter(({ text }) => !/\bexpect(\.\w+)*\(/.test(withoutComments(text)))
      .map(({ path }) => `${path} expects nothing`),
  plants: [
    {
      name: 'a test that cannot fail',
      files: {
        'test/detect/detect.test.ts': "it('runs', () => {\n  detect()\n  // expect(it)\n})\n",
        'test/enrich/enrich.test.ts': "it('adds', () => expect(1 + 1).toBe(2))\n",
        'test/enrich/given.ts': 'export const one = 1\n',
      },
      finds: ['test/detect/detect.test.ts expects nothing'],
    },
  ],
}

/**
 * Leaving out a part that the machine lacks says so, and fails where CI is set; leaving out what
 * only a part of our own can bear says so by its name. Any other way would look like a pass.
 */
const lawful = /^skipIf\((lacks|givenFor)\(/
const leavingOut = /\.((?:only|skip|todo|fails)\b|(?:skipIf|runIf)\(.*)/g

export const everyTestRule: Rule = {
  title: 'no test is left out but for a part that the machine lacks',
  check: (files) =>
    testsOf(files).flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) =>
          !/^\s*(describe|test|it|suite)\b/.test(line)
            ? []
            : [...line.replaceAll(/'[^']*'/g, "''").matchAll(leavingOut)]
                .map(([, way = '']) => way)
                .filter((way) => !lawful.test(way))
                .map((way) => `${path}:${index + 1} says ${/^\w+/.exec(way)?.[0]}`),
        ),
    ),
  plants: [
    {
      name: 'tests that are left out, or that leave out all others',
      files: {
        'test/source/kafka.int.test.ts': [
          "describe.skipIf(lacks('kafka', import.meta.filename))('Kafka', () => {",
          "  it.only('is fast', () => expect(1).toBe(1))",
          "  test.skip('is slow', () => {})",
          "  it.skipIf(process.platform === 'win32')('runs', () => {})",
          "  test.skipIf(givenFor('kafka'))('outlives a restart', () => {})",
          "  it.each([1])('has skip in its title.skip', () => {})",
          "  describe.concurrent.todo('later')",
          '  lines.skip(2)',
          '})',
        ].join('\n'),
      },
      finds: [
        'test/source/kafka.int.test.ts:2 says only',
        'test/source/kafka.int.test.ts:3 says skip',
        'test/source/kafka.int.test.ts:4 says skipIf',
        'test/source/kafka.int.test.ts:7 says todo',
      ],
    },
  ],
}
