import type { ProjectFile } from './project.ts'

/**
 * One rule about the shape of the project. `check` is pure: files in, one sentence per violation
 * out. Its plants prove that it finds what it is for, and nothing beside it.
 */
export interface Rule {
  /** The guarantee, as a test title says it. */
  readonly title: string
  readonly check: (files: readonly ProjectFile[]) => readonly string[]
  readonly plants: readonly [Plant, ...Plant[]]
}

/** A little project of paths and texts, and exactly what the rule must say about it. */
export interface Plant {
  readonly name: string
  readonly files: { readonly [path: string]: string }
  readonly finds: readonly string[]
}

export function filesOf(plant: Pick<Plant, 'files'>): readonly ProjectFile[] {
  return Object.entries(plant.files).map(([path, text]) => ({ path, text }))
}
