import { describe, expect, it } from 'vitest'
import { wordsOf } from '../../shared/text/tokenizer.ts'

describe('the words of a text', () => {
  it('are equal in all spellings: case, accents, width, hidden characters', () => {
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

  it('are Latin if only some of their letters look Latin', () => {
    expect(wordsOf('СRМ')).toEqual(['crm'])
    expect(wordsOf('Ροrtal')).toEqual(['portal'])
    expect(wordsOf('СРМ')).toEqual(['срм'])
  })

  it('end at spaces and signs, except signs that make another word, as in C#', () => {
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

  it('are pairs of letters in scripts without spaces', () => {
    expect(wordsOf('云计算')).toEqual(['云计', '计算'])
    expect(wordsOf('クラウド365')).toEqual(['クラ', 'ラウ', 'ウド', '365'])
    expect(wordsOf('ERP系统')).toEqual(['erp', '系统'])
    expect(wordsOf('云')).toEqual(['云'])
    expect(wordsOf('클라우드 보안')).toEqual(['클라우드', '보안'])
    expect(wordsOf('हिन्दी')).toEqual(['हिन्दी'])
  })

  it('are none for a text without letters', () => {
    for (const nothing of ['', '  ', '!?', '\u200B', '😀']) expect(wordsOf(nothing)).toEqual([])
  })

  it('are computed in linear time, from the first 5,000 characters', () => {
    for (const piece of ['a', '云', 'ӓb', '\u200B', 'ﷺ', '.net', 'a#', '1 ']) {
      const words = wordsOf(piece.repeat(100_000))
      expect(words.join('').length).toBeLessThanOrEqual(5_000 * 20)
      for (const word of words) expect(word.length).toBeLessThanOrEqual(40)
    }
  })
})
