import { DuetError } from '@duet/core';

/** Which packs are read: those whose name falls into one of several equal parts, or a share of all, drawn at random. */
export type Sample = { readonly part: number; readonly of: number } | { readonly share: number };

const ALL: Sample = { share: 1 };

/**
 * What a person asks for: nothing for all, `2/7` for the second of seven parts
 * that together are all, `2.5%` for that share of the packs.
 *
 * @throws {DuetError} `DUET_ERR_USAGE`
 */
export function parseSample(text: string | undefined): Sample {
  if (text === undefined) return ALL;
  const [, part, of, percent] = /^(?:(\d{1,3})\/(\d{1,3})|(\d{1,3}(?:\.\d+)?)%)$/.exec(text) ?? [];
  if (part !== undefined && Number(part) >= 1 && Number(part) <= Number(of) && Number(of) <= 256) return { part: Number(part), of: Number(of) };
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return { share: Number(percent) / 100 };
  throw new DuetError('DUET_ERR_USAGE', {
    operation: 'verify the repository',
    message: `'${text}' is no sample`,
    hint: 'write 1/7 up to 7/7 for parts (at most 256), or a percentage such as 2.5%',
  });
}

/** The packs of a sample. `random` gives numbers from 0 up to 1. */
export function sampled(packs: readonly string[], sample: Sample, random: () => number = Math.random): string[] {
  // By the first byte of the name, as restic does, so that packs keep their part.
  if ('part' in sample) return packs.filter((name) => Number.parseInt(name.slice(0, 2), 16) % sample.of === sample.part - 1);
  const left = [...packs];
  const count = Math.ceil(packs.length * sample.share);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (left.length - i));
    [left[i], left[j]] = [left[j], left[i]];
  }
  return left.slice(0, count);
}
