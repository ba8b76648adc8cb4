/** Queues that take turns, such as those of instances: one with much to do holds up the others by one piece. */
export class Rota<Item> {
  readonly #queues = new Map<string, Item[]>()
  #size = 0

  /** Behind what its queue has waiting. */
  add(queue: string, item: Item): void {
    const items = this.#queues.get(queue)
    if (items) items.push(item)
    else this.#queues.set(queue, [item])
    this.#size += 1
  }

  /** Before all that its queue has waiting. */
  putBack(queue: string, item: Item): void {
    const items = this.#queues.get(queue)
    if (items) items.unshift(item)
    else this.#queues.set(queue, [item])
    this.#size += 1
  }

  /** Of the queue whose turn it is, of those that may; undefined when nothing of them waits. */
  take(may: (queue: string) => boolean = () => true): Item | undefined {
    for (const [queue, items] of this.#queues) {
      if (!may(queue)) continue
      const item = items.shift()
      this.#queues.delete(queue)
      if (items.length > 0) this.#queues.set(queue, items)
      this.#size -= 1
      return item
    }
    return undefined
  }

  get size(): number {
    return this.#size
  }

  sizeOf(queue: string): number {
    return this.#queues.get(queue)?.length ?? 0
  }
}
