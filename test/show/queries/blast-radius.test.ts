import { describe, expect, it } from 'vitest'
import type { Ending } from '../../../src/show/queries/blast-radius.ts'
import { previewOf } from '../../../src/show/queries/blast-radius.ts'
import type { SessionEntry } from '../../../src/show/queries/session-inventory.ts'

const keycloak: Ending = {
  kinds: ['online', 'offline'],
  alsoEnds: { offline: 'online_of_same_id' },
  canList: true,
}

function session(name: string, more: Partial<SessionEntry> = {}): SessionEntry {
  const [session_kind = '', session_id = ''] = name.split(' ')
  return {
    ...{ instance: 'sso', session_kind, session_id, subject_ref: 'ref', state: 'alive' },
    ...{ created_at: null, last_seen_at: '', last_used_at: null, expires_at: null },
    ...{
      state_by: 'used',
      state_at: null,
      state_id: '',
      ip: '',
      country: '',
      city: '',
      network: '',
    },
    ...{ browser: '', os: '', device_type: '', user_agent: '', ip_of: '', client_at: null },
    ...{ curfews: [] },
    ...more,
  }
}
const over = { state: 'ended', state_by: 'E2' } as const
const toldEnded = { state: 'unknown', state_by: 'E3' } as const

const enforced = { mode: 'enforce', isStopped: false } as const

const preview = (known: readonly SessionEntry[], ending: Ending | undefined = keycloak) =>
  previewOf(known, enforced, () => ending)

describe('the preview of a sign-out', () => {
  it('says of each session what its call also ends', () => {
    const { sessions, blast_radius } = preview([session('online a'), session('offline a')])
    expect(sessions.map(({ also_ends }) => also_ends)).toEqual([[], ['online a']])
    expect(blast_radius).toMatchObject({ to_end: 2, also_ended: [] })
  })

  it('names what is ended with them and is none of them', () => {
    const { sessions, blast_radius } = preview([
      session('online a', toldEnded),
      session('offline a'),
    ])
    expect(sessions.map(({ session_kind }) => session_kind)).toEqual(['offline'])
    expect(blast_radius).toMatchObject({ to_end: 1, told_ended: 1, also_ended: ['online a'] })
  })

  it('takes no session for a loss that is proven dead, or of another id or instance', () => {
    const { sessions } = preview([
      session('offline a'),
      session('online a', over),
      session('online b'),
      session('online a', { instance: 'other' }),
    ])
    expect(sessions.map(({ also_ends }) => also_ends)).toEqual([[], [], []])
  })

  it('names every other session of the person where a provider can only end all', () => {
    const all: Ending = { kinds: ['online'], alsoEnds: { online: 'subject' }, canList: true }
    const { sessions } = preview([session('online a'), session('online b')], all)
    expect(sessions.map(({ also_ends }) => also_ends)).toEqual([['online b'], ['online a']])
  })

  it('says that there may be sessions which no event named where such a provider lists none', () => {
    const all: Ending = { kinds: ['online'], alsoEnds: { online: 'subject' }, canList: false }
    const { sessions, blast_radius } = preview([session('online a')], all)
    const unknown = 'sessions of this subject that no event named'
    expect(sessions.map(({ also_ends }) => also_ends)).toEqual([[unknown]])
    expect(blast_radius.also_ended).toEqual([unknown])
  })

  it('counts what nobody can end, for want of a connection or of the kind', () => {
    const known = [session('online a'), session('agent b')]
    expect(preview(known).blast_radius).toMatchObject({ to_end: 1, not_endable: 1 })
    const alone = previewOf(known, enforced, () => undefined)
    expect(alone.blast_radius).toMatchObject({ to_end: 0, not_endable: 2 })
  })

  it.each([
    ['observe', false, 'policy only observes orders of a person'],
    ['observe', true, 'policy only observes orders of a person'],
    ['approve', false, 'policy requires a second person'],
    ['enforce', true, 'the kill switch is on'],
  ] as const)('says why nothing is ended in mode %s, stopped %s: %s', (mode, isStopped, why) => {
    const { sessions, blast_radius } = previewOf(
      [session('online a')],
      { mode, isStopped },
      () => keycloak,
    )
    expect(blast_radius).toMatchObject({ mode, will_end: false })
    expect([blast_radius.because, sessions[0]?.because]).toEqual([
      expect.stringContaining(why),
      expect.stringContaining(why),
    ])
    expect(blast_radius.to_end).toBe(mode === 'observe' ? 0 : 1)
  })

  it('says of each session whether it is ended, and why one is not', () => {
    const { sessions, blast_radius } = preview([session('online a'), session('agent b')])
    expect(blast_radius).toMatchObject({ will_end: true, because: '' })
    expect(sessions.map(({ will_end, because }) => [will_end, because])).toEqual([
      [true, ''],
      [false, 'no connection can end a session of kind agent at sso'],
    ])
  })

  it('says that nothing is left to end where all are over', () => {
    expect(preview([session('online a', over)]).blast_radius).toMatchObject({
      will_end: false,
      because: 'every recorded session is proven dead',
    })
  })
})
