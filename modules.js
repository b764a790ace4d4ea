/**
 * The modules of `shared/` and what each may use. The layer check (.dependency-cruiser.js) and the diagram in
 * docs/architecture.md are made from this table.
 */

/** Leaf libraries: every file is public, and every module may use them. They use each other and nothing else. */
export const libraries = ['kernel', 'text', 'time', 'crypto']

/** A module may import only the public faces of the modules that it lists. */
export const modules = {
  persistence: [],
  events: ['persistence'],
  program: ['events', 'persistence'],
  identity: ['program', 'events', 'persistence'],
  search: [],
  partners: ['program', 'identity', 'events', 'search', 'persistence'],
  discovery: ['partners', 'search', 'program', 'events', 'persistence'],
  referrals: ['partners', 'discovery', 'program', 'events', 'persistence'],
  messaging: ['referrals', 'discovery', 'partners', 'identity', 'program', 'events', 'persistence'],
  site: ['messaging', 'referrals', 'discovery', 'partners', 'identity', 'program', 'events', 'persistence'],
  api: ['site', 'referrals', 'discovery', 'partners', 'identity', 'program', 'events'],
}
