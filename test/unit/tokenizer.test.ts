import { describe, expect, it } from 'vitest'
import { wordsOf } from '../../shared/text/tokenizer.ts'

describe('wordsOf', () => {
  it('normalizes case, accents, width and hidden characters', () => {
    for (const written of [
      'Müller',
      'MÜLLER',
      'Mu\u0308ller',
      'Ｍüller',
      'Mü\u00ADller',
      'Mül\u200Bler',
      'muller',
    ])
      expect(wordsOf(written)).toEqual(['muller'])
    expect(wordsOf('Straße ŁÓDŹ Œuvre Ørsted İstanbul')).toEqual([
      'strasse',
      'lodz',
      'oeuvre',
      'orsted',
      'istanbul',
    ])
    expect(wordsOf('ΣΊΣΥΦΟΣ')).toEqual(wordsOf('Σίσυφος'))
    expect(wordsOf('Ёлка')).toEqual(['елка'])
  })

  it('maps Cyrillic and Greek look-alikes to Latin in words with Latin letters', () => {
    expect(wordsOf('СRМ')).toEqual(['crm'])
    expect(wordsOf('Ροrtal')).toEqual(['portal'])
    expect(wordsOf('СРМ')).toEqual(['срм'])
  })

  it('splits at spaces and punctuation, except in names such as C#, C++ and .NET', () => {
    expect(wordsOf('Back-up, e-commerce & ISO 27001; 24/7.')).toEqual([
      'back',
      'up',
      'e',
      'commerce',
      'iso',
      '27001',
      '24',
      '7',
    ])
    expect(wordsOf('C# and C++, not C. Issue#5, a+b')).toEqual([
      'c#',
      'and',
      'c++',
      'not',
      'c',
      'issue',
      '5',
      'a',
      'b',
    ])
    expect(wordsOf('.NET, ASP.NET; a network.nets')).toEqual([
      'dotnet',
      'asp',
      'dotnet',
      'a',
      'network',
      'nets',
    ])
  })

  it('splits scripts without spaces into pairs of letters', () => {
    expect(wordsOf('云计算')).toEqual(['云计', '计算'])
    expect(wordsOf('クラウド365')).toEqual(['クラ', 'ラウ', 'ウド', '365'])
    expect(wordsOf('ERP系统')).toEqual(['erp', '系统'])
    expect(wordsOf('云')).toEqual(['云'])
    expect(wordsOf('클라우드 보안')).toEqual(['클라우드', '보안'])
    expect(wordsOf('हिन्दी')).toEqual(['हिन्दी'])
  })

  it('returns an empty list for a text without letters', () => {
    for (const withoutLetters of ['', '  ', '!?', '\u200B', '😀']) expect(wordsOf(withoutLetters)).toEqual([])
  })

  it('takes linear time and reads only the first 5,000 characters', () => {
    for (const piece of ['a', '云', 'ӓb', '\u200B', 'ﷺ', '.net', 'a#', '1 ']) {
      const words = wordsOf(piece.repeat(100_000))
      expect(words.join('').length).toBeLessThanOrEqual(5_000 * 20)
      for (const word of words) expect(word.length).toBeLessThanOrEqual(40)
    }
  })
})
