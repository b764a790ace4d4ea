/** The API of customers: the directory, and their requests for information. */
import { directoryOperations } from '../shared/discovery/contract.ts'
import { checkSearch, getDirectoryProfile, searchDirectory } from '../shared/discovery/index.ts'
import { taxonomyOperations } from '../shared/program/contract.ts'
import { readableTaxonomy } from '../shared/program/index.ts'
import { rfiOperations } from '../shared/referrals/contract.ts'
import {
  addRecipients,
  checkNewRfi,
  checkRecipients,
  chooseOutcome,
  correctAddress,
  createRfi,
  denyWin,
  dismissPartner,
  getRfi,
  reopenRfi,
  withdrawRfi,
} from '../shared/referrals/index.ts'
import { api, plain } from './http/api.ts'
import { namedLocale } from './http/locale.ts'

const actor = { kind: 'customer' } as const

export const handler = api(
  'customer',
  { ...directoryOperations, ...taxonomyOperations, ...rfiOperations },
  {
    searchDirectory: ({ query, list, now }) =>
      plain(searchDirectory(query, { list, cursor: query.cursor }, now)),
    getDirectoryProfile: ({ params, now }) => plain(getDirectoryProfile(params.profileId, now)),
    getTaxonomy: ({ query, languages }) => plain(readableTaxonomy(query.locale ?? languages)),
    createRfi: ({ body, attempt, languages, now }) =>
      createRfi(body, { attempt, actor, now, locale: namedLocale(languages) }),
    getRfi: ({ params, now }) => getRfi(params.rfiId, now),
    addRecipients: ({ params, body, version, now }) =>
      addRecipients(params.rfiId, body.recipients, { actor, version, now }),
    chooseOutcome: ({ params, body, version, now }) =>
      chooseOutcome(params.rfiId, body, { actor, version, now }),
    denyWin: ({ params, body, version, now }) =>
      denyWin(params.rfiId, body.referralId, { actor, version, now }),
    dismissPartner: ({ params, body, version, now }) =>
      dismissPartner(params.rfiId, body.referralId, { actor, version, now }),
    reopenRfi: ({ params, body, version, now }) =>
      reopenRfi(params.rfiId, body.referralIds, { actor, version, now }),
    correctAddress: ({ params, body, version, now }) =>
      correctAddress(params.rfiId, body, { actor, version, now }),
    withdrawRfi: ({ params, version, now }) => withdrawRfi(params.rfiId, { actor, version, now }),
  },
  {
    searchDirectory: ({ query, now }) => checkSearch(query, now),
    createRfi: ({ body, now }) => checkNewRfi(body, now),
    addRecipients: ({ body, now }) => checkRecipients(body, now),
  },
)
