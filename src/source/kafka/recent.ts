/** Remembers the last so many names, to know a repetition. */
export class Recent {
  readonly #max: number
  readonly #names = new Set<string>()

  constructor(max: number) {
    this.#max = max
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  add(name: string): void {
    this.#names.add(name)
    if (this.#names.size <= this.#max) return
    for (const oldest of this.#names) {
      this.#names.delete(oldest)
      return
    }
  }
}
