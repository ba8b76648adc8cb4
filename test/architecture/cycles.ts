import { posix } from 'node:path'
import { importsOf } from './imports.ts'
import { codeOf } from './project.ts'
import type { Rule } from './rule.ts'

export const cycleRule: Rule = {
  title: 'no file imports itself by way of others, not even for types',
  check: (files) => {
    const code = codeOf(files)
    const next = new Map<string, string[]>(code.map(({ path }) => [path, []]))
    for (const { from, to, kind } of importsOf(code)) {
      if (kind === 'file' && next.has(to)) next.get(from)?.push(to)
    }
    return knotsOf(next).map((knot) => `${knot.join(', ')} import each other`)
  },
  plants: [
    {
      name: 'two knots, one of them of types only, and a file that imports itself',
      files: {
        'src/recall/recall.ts': "import { slots } from './slots.ts'\n",
        'src/recall/slots.ts': "import { refill } from './refill.ts'\n",
        'src/recall/refill.ts': [
          "import type { Recall } from './recall.ts'",
          "import type { Notes } from './notes.ts'",
        ].join('\n'),
        'src/recall/notes.ts': '',
        'src/show/show.ts': "import type { Route } from './route.ts'\n",
        'src/show/route.ts': "import type { Show } from './show.ts'\n",
        'src/show/alone.ts': "import type { Alone } from './alone.ts'\n",
      },
      finds: [
        'src/recall/recall.ts, src/recall/refill.ts, src/recall/slots.ts import each other',
        'src/show/route.ts, src/show/show.ts import each other',
        'src/show/alone.ts import each other',
      ],
    },
  ],
}

/** Folders of `src`, each file that lies beside folders being a room of its own. */
export const folderCycleRule: Rule = {
  title: 'folders import each other in one direction only',
  check: (files) => {
    const code = codeOf(files).filter(({ path }) => path.startsWith('src/'))
    const folders = new Set(code.map(({ path }) => posix.dirname(path)))
    const hasFolders = (folder: string): boolean =>
      [...folders].some((other) => other.startsWith(`${folder}/`))
    const roomOf = (path: string): string =>
      hasFolders(posix.dirname(path)) ? path : `${posix.dirname(path)}/`
    const next = new Map<string, Set<string>>(code.map(({ path }) => [roomOf(path), new Set()]))
    for (const { from, to, kind } of importsOf(code)) {
      const [room, target] = [roomOf(from), roomOf(to)]
      if (kind === 'file' && room !== target && next.has(target)) next.get(room)?.add(target)
    }
    const lists = new Map([...next].map(([room, targets]) => [room, [...targets]]))
    return knotsOf(lists).map((knot) => `${knot.join(', ')} import each other`)
  },
  plants: [
    {
      name: 'two folders of a stage that import each other without any file doing so',
      files: {
        'src/enforce/enforce.ts': "import { match } from './match/match.ts'\n",
        'src/enforce/match/match.ts': "import type { Order } from '../orders/order.ts'\n",
        'src/enforce/match/pages.ts': '',
        'src/enforce/orders/order.ts': '',
        'src/enforce/orders/plan.ts': "import type { Pages } from '../match/pages.ts'\n",
        'src/enforce/rows/rows.ts': "import type { Order } from '../orders/order.ts'\n",
      },
      finds: ['src/enforce/match/, src/enforce/orders/ import each other'],
    },
  ],
}

/** Tarjan's strongly connected components, those that hold a cycle, each sorted. */
function knotsOf(next: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>()
  const open: string[] = []
  const knots: string[][] = []
  const visit = (path: string): number => {
    const index = order.size
    let lowest = index
    order.set(path, index)
    open.push(path)
    for (const target of next.get(path) ?? []) {
      const seen = order.get(target)
      if (seen === undefined) lowest = Math.min(lowest, visit(target))
      else if (open.includes(target)) lowest = Math.min(lowest, seen)
    }
    if (lowest === index) {
      const knot = open.splice(open.indexOf(path))
      if (knot.length > 1 || next.get(path)?.includes(path)) knots.push(knot.sort())
    }
    return lowest
  }
  for (const path of next.keys()) if (!order.has(path)) visit(path)
  return knots
}
