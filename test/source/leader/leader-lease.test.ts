import { describe, expect, it } from 'vitest'
import { electedOf, LeaseMembership, leaseTimes } from '../../../src/source/leader/leader-lease.ts'
import { makeClock } from '../../given.ts'

describe('the membership of a lease', () => {
  const open = () => {
    const { clock, advance } = makeClock()
    return { membership: new LeaseMembership(clock.now, leaseTimes), now: clock.now, advance }
  }

  it('holds it only while the group counted us in within the last two seconds', async () => {
    const { membership, now, advance } = open()
    membership.joined(true, now())
    await advance(leaseTimes.heartbeatAgeMsMax - 1)
    expect(membership.isHeld()).toBe(true)
    await advance(1)
    expect(membership.isHeld()).toBe(false)
    membership.heartbeat(now())
    expect(membership.isHeld()).toBe(true)
  })

  it('counts from when a beat was sent, and an answer that came late does not set it back', async () => {
    const { membership, now, advance } = open()
    const sentAt = now()
    await advance(1_500)
    membership.joined(true, now())
    membership.heartbeat(sentAt)
    await advance(1_500)
    expect(membership.isHeld()).toBe(true)
    membership.heartbeat(sentAt + 100)
    await advance(600)
    expect(membership.isHeld()).toBe(false)
  })

  it('does not act while the group is put together anew, but says that the lease is its own', () => {
    const { membership, now } = open()
    membership.joined(true, now())
    membership.joining()
    expect([membership.isHeld(), membership.mayStillHold()]).toEqual([false, true])
    membership.joined(true, now())
    expect(membership.isHeld()).toBe(true)
  })

  it('claims nothing once the group may have given the lease to another', async () => {
    const { membership, now, advance } = open()
    expect(membership.mayStillHold()).toBe(false)
    membership.joined(true, now())
    await advance(leaseTimes.sessionTimeoutMs)
    expect(membership.mayStillHold()).toBe(false)
    membership.joined(false, now())
    expect([membership.isHeld(), membership.mayStillHold()]).toEqual([false, false])
    membership.joined(true, now())
    membership.left()
    expect([membership.isHeld(), membership.mayStillHold()]).toEqual([false, false])
  })
})

describe('a lease', () => {
  const member = (memberId: string, claims = false) => ({ memberId, claims })

  it('stays with whoever has it, whoever else comes', () => {
    expect(electedOf([member('c', true), member('a'), member('b')])).toBe('c')
  })

  it('goes to the first by name when nobody has it, and to nobody when nobody is there', () => {
    expect(electedOf([member('c'), member('a'), member('b')])).toBe('a')
    expect(electedOf([])).toBeUndefined()
  })

  it('is left sooner by the group than a member that rejoins is waited for', () => {
    expect(leaseTimes.rebalanceTimeoutMs).toBeGreaterThanOrEqual(leaseTimes.sessionTimeoutMs)
  })
})
