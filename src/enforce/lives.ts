/** One life of a session id: the instants, ms since the epoch, from which and before which it held. */
export interface Life {
  readonly incarnation: number
  readonly from: number
  readonly until: number
  /** Last sign of life at the provider within it, or null. */
  readonly aliveAt: number | null
}

/** The lives of an id that began once: whatever is known of it is of this one. */
export const onlyLife: Omit<Life, 'aliveAt'> = {
  incarnation: 0,
  from: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
}
