/**
 * Slots by name, in two generations: when told to turn, the young ones become the old ones, and old
 * ones that nobody asked for since are forgotten. It only turns when told to, between batches, so
 * that nothing vanishes from under a batch.
 */
export class Shelf<Slot extends { readonly forget: () => void }> {
  private youngOnes = new Map<string, Slot>()
  private oldOnes = new Map<string, Slot>()

  /** How many were put or asked for since the last turn. */
  get young(): number {
    return this.youngOnes.size
  }

  put(name: string, slot: Slot): void {
    this.youngOnes.set(name, slot)
  }

  get(name: string): Slot | undefined {
    const slot = this.youngOnes.get(name)
    if (slot !== undefined) return slot
    const aged = this.oldOnes.get(name)
    if (aged !== undefined) this.youngOnes.set(name, aged)
    return aged
  }

  /** Forgets what was not asked for since the turn before; whether there was any. */
  turn(): boolean {
    let forgot = false
    for (const [name, slot] of this.oldOnes) {
      if (this.youngOnes.has(name)) continue
      slot.forget()
      forgot = true
    }
    this.oldOnes = this.youngOnes
    this.youngOnes = new Map()
    return forgot
  }
}
