import type { City } from './cities.ts'
import { cities } from './cities.ts'
import type { Actor, Surroundings } from './people.ts'
import { makeAgent, makePerson, makeServiceAccount } from './people.ts'
import type { Random } from './random.ts'

// One office in each part of the world, so that somebody is at work at every hour.
const officeNames = ['Warsaw', 'London', 'New York', 'San Francisco', 'Singapore', 'Sydney']

/** The company: who works there, and where. It grows when somebody is hired. */
export class Company {
  readonly people: Actor[] = []
  readonly services: Actor[] = []
  readonly agents: Actor[] = []
  readonly offices: readonly City[] = cities.filter((city) => officeNames.includes(city.name))
  readonly #random: Random
  readonly #around: Surroundings
  readonly #agentsOf = new Map<string, Actor[]>()
  #numbered = 0

  /** For 20 people there is one service account and there are two agents. */
  constructor(random: Random, people: number) {
    this.#random = random
    const organizations = Array.from(
      { length: Math.max(2, Math.ceil(people / 60)) },
      () => `org_${random.hex(10)}`,
    )
    this.#around = { offices: this.offices, cities, organizations }
    for (let n = 0; n < people; n++) this.hire()
    for (let n = 0; n < Math.ceil(people / 20); n++) {
      this.services.push(makeServiceAccount(random, n, this.#around))
    }
    for (const person of this.people.slice(0, Math.ceil(people / 10))) this.#giveAgent(person)
  }

  /** A new colleague, who replaces one that left. */
  hire(): Actor {
    const person = makePerson(this.#random, this.#numbered++, this.#around)
    this.people.push(person)
    return person
  }

  /** Strikes somebody who left off the list; what they left alive lives on elsewhere. */
  strike(person: Actor): void {
    const place = this.people.indexOf(person)
    if (place >= 0) this.people.splice(place, 1)
  }

  /** Everything that ever acted for a person: a retired agent may have left a session alive. */
  agentsOf(person: Actor): readonly Actor[] {
    return this.#agentsOf.get(person.id) ?? []
  }

  /** An agent without its person or its grant is replaced by one of another person. */
  replaceAgent(agent: Actor): Actor | undefined {
    const place = this.agents.indexOf(agent)
    if (place >= 0) this.agents.splice(place, 1)
    const free = this.people.filter((person) => !person.gone && !person.busy)
    return free.length === 0 ? undefined : this.#giveAgent(this.#random.pick(free))
  }

  #giveAgent(person: Actor): Actor {
    const agent = makeAgent(this.#random, person, this.#around)
    this.agents.push(agent)
    this.#agentsOf.set(person.id, [...this.agentsOf(person), agent])
    return agent
  }
}
