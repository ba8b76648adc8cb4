/** Queues of several instances that take turns: one with much to do holds up the others by one piece. */
export class Rota<Item> {
  readonly #queues = new Map<string, Item[]>()

  /** Behind what its instance has waiting; lists are kept last first, so that taking one is cheap. */
  add(instance: string, items: readonly Item[]): void {
    if (items.length === 0) return
    this.#queues.set(instance, [...items.toReversed(), ...(this.#queues.get(instance) ?? [])])
  }

  /** Before all that its instance has waiting. */
  putBack(instance: string, item: Item): void {
    const queue = this.#queues.get(instance)
    if (queue) queue.push(item)
    else this.#queues.set(instance, [item])
  }

  /** Of the instance whose turn it is, of those that may; undefined when nothing of them waits. */
  take(may: (instance: string) => boolean = () => true): Item | undefined {
    for (const [instance, queue] of this.#queues) {
      if (!may(instance)) continue
      const item = queue.pop()
      this.#queues.delete(instance)
      if (queue.length > 0) this.#queues.set(instance, queue)
      return item
    }
    return undefined
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0
  }
}
