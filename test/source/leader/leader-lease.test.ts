import { describe, expect, it } from 'vitest'
import { SeatKeeper, seatedOf, seatTimes } from '../../../src/source/leader/leader-lease.ts'
import { makeClock } from '../../given.ts'

describe('the keeper of a seat', () => {
  const open = () => {
    const { clock, advance } = makeClock()
    return { keeper: new SeatKeeper(clock.now, seatTimes), now: clock.now, advance }
  }

  it('holds it only while the group counted us in within the last two seconds', async () => {
    const { keeper, now, advance } = open()
    keeper.joined(true, now())
    await advance(seatTimes.beatAgeMsMax - 1)
    expect(keeper.isHeld()).toBe(true)
    await advance(1)
    expect(keeper.isHeld()).toBe(false)
    keeper.beaten(now())
    expect(keeper.isHeld()).toBe(true)
  })

  it('counts from when a beat was sent, and an answer that came late does not set it back', async () => {
    const { keeper, now, advance } = open()
    const sentAt = now()
    await advance(1_500)
    keeper.joined(true, now())
    keeper.beaten(sentAt)
    await advance(1_500)
    expect(keeper.isHeld()).toBe(true)
    keeper.beaten(sentAt + 100)
    await advance(600)
    expect(keeper.isHeld()).toBe(false)
  })

  it('does not act while the group is put together anew, but says that the seat is its own', () => {
    const { keeper, now } = open()
    keeper.joined(true, now())
    keeper.joining()
    expect([keeper.isHeld(), keeper.mayBeOurs()]).toEqual([false, true])
    keeper.joined(true, now())
    expect(keeper.isHeld()).toBe(true)
  })

  it('claims nothing once the group may have given the seat to another', async () => {
    const { keeper, now, advance } = open()
    expect(keeper.mayBeOurs()).toBe(false)
    keeper.joined(true, now())
    await advance(seatTimes.sessionTimeoutMs)
    expect(keeper.mayBeOurs()).toBe(false)
    keeper.joined(false, now())
    expect([keeper.isHeld(), keeper.mayBeOurs()]).toEqual([false, false])
    keeper.joined(true, now())
    keeper.left()
    expect([keeper.isHeld(), keeper.mayBeOurs()]).toEqual([false, false])
  })
})

describe('a seat', () => {
  const member = (memberId: string, claims = false) => ({ memberId, claims })

  it('stays with whoever has it, whoever else comes', () => {
    expect(seatedOf([member('c', true), member('a'), member('b')])).toBe('c')
  })

  it('goes to the first by name when nobody has it, and to nobody when nobody is there', () => {
    expect(seatedOf([member('c'), member('a'), member('b')])).toBe('a')
    expect(seatedOf([])).toBeUndefined()
  })

  it('is left sooner by the group than a member that rejoins is waited for', () => {
    expect(seatTimes.rebalanceTimeoutMs).toBeGreaterThanOrEqual(seatTimes.sessionTimeoutMs)
  })
})
