/** What can stand on a shelf. */
export interface Shelved {
  /** The turn in which it was last put or asked for; the shelf writes it. */
  heardIn: number
  readonly forget: () => void
}

/**
 * Slots by name. When told to turn it forgets those that nobody asked for since the turn before. It
 * only turns when told to, between batches, so that nothing vanishes from under a batch.
 */
export class Shelf<Slot extends Shelved> {
  private readonly slots = new Map<string, Slot>()
  private turns = 1
  private heard = 0

  /** How many were put or asked for since the last turn. */
  get young(): number {
    return this.heard
  }

  put(name: string, slot: Slot): void {
    this.slots.set(name, slot)
    this.hear(slot)
  }

  get(name: string): Slot | undefined {
    const slot = this.slots.get(name)
    if (slot !== undefined) this.hear(slot)
    return slot
  }

  /** Counts as asked for: for whoever holds a slot of this shelf and need not look for it. */
  hear(slot: Slot): void {
    if (slot.heardIn === this.turns) return
    slot.heardIn = this.turns
    this.heard += 1
  }

  /** Forgets what was not asked for since the turn before; whether there was any. */
  turn(): boolean {
    let forgot = false
    for (const [name, slot] of this.slots) {
      if (slot.heardIn === this.turns) continue
      this.slots.delete(name)
      slot.forget()
      forgot = true
    }
    this.turns += 1
    this.heard = 0
    return forgot
  }
}
