/** What a `GenerationMap` can hold. */
export interface Generational {
  /** The generation in which it was last put or asked for; the map writes it. */
  lastUsedGeneration: number
  readonly forget: () => void
}

/**
 * A map by name that evicts what was not used for a whole generation. It only rotates when its owner
 * says so, between batches, so that nothing is evicted while a batch is judged.
 */
export class GenerationMap<Slot extends Generational> {
  private readonly slots = new Map<string, Slot>()
  private generation = 1
  private used = 0

  /** How many entries were used since the last rotation. */
  get usedCount(): number {
    return this.used
  }

  put(name: string, slot: Slot): void {
    this.slots.set(name, slot)
    this.markUsed(slot)
  }

  get(name: string): Slot | undefined {
    const slot = this.slots.get(name)
    if (slot !== undefined) this.markUsed(slot)
    return slot
  }

  /** Keeps an entry of this map that was reached without looking it up. */
  markUsed(slot: Slot): void {
    if (slot.lastUsedGeneration === this.generation) return
    slot.lastUsedGeneration = this.generation
    this.used += 1
  }

  /** Evicts what was not used since the last rotation; whether there was any. */
  rotate(): boolean {
    let evicted = false
    for (const [name, slot] of this.slots) {
      if (slot.lastUsedGeneration === this.generation) continue
      this.slots.delete(name)
      slot.forget()
      evicted = true
    }
    this.generation += 1
    this.used = 0
    return evicted
  }
}
