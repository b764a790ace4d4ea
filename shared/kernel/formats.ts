/** Names of the formats of texts, with what each expects in English. Faults name the format, so that clients can translate it. */
export const formats = {
  'partner-id': 'a partner id, such as ptr_01HZX3V8N4Q5R6S7T8V9W0X1Y2',
  'profile-id': 'a profile id as in the directory, such as ptr_01HZX3V8N4Q5R6S7T8V9W0X1Y2.DE',
  'location-id': 'lower-case letters and digits, in words joined by hyphens, such as berlin-mitte',
  'rfi-id': 'an RFI id, such as rfi_01HZX3V8N4Q5R6S7T8V9W0X1Y2',
  'referral-id': 'a referral id, such as ref_01HZX3V8N4Q5R6S7T8V9W0X1Y2_3Z4A5B',
  'colleague-id': 'a colleague id, such as con_01HZX3V8N4Q5R6S7T8V9W0X1Y2',
  'taxonomy-code': 'lower-case letters and digits, in words joined by hyphens, such as real-estate',
  instant: 'an instant in UTC, such as 2026-03-15T09:00:00Z',
  date: 'a date, such as 2026-03-15',
  duration: 'an ISO 8601 duration of days, hours, minutes and seconds, such as P14D or PT72H',
  'local-time': 'a time of day, such as 09:00',
  weekday: 'an ISO weekday, from 1 for Monday to 7 for Sunday',
  email: 'an email address, such as ada@customer.example',
  phone: 'a telephone number, such as +49 30 1234567',
  'web-address': 'a web address, such as https://partner.example',
  'secure-web-address': 'an https address, such as https://partner.example/logo.png',
  line: 'text of one line, without control characters',
  prose: 'text without control characters',
  etag: 'the ETag of the last response, such as "3"',
  'idempotency-key': '1 to 255 visible ASCII characters, such as a UUID',
} as const

/** Names of required values, with their English texts. */
export const requiredValues = {
  'consent-to-contact': 'true: the customer agrees to be contacted',
  'consent-to-sharing': 'true: the customer agrees that the request is shared with the partners',
} as const

const byText: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...formats, ...requiredValues }).map(([name, text]) => [text, name]),
)

/** Returns the name of the format or value whose text a schema has as its message; the message itself if there is none. */
export const nameOfExpected = (message: string): string => byText.get(message) ?? message
