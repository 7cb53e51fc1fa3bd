import type { Readable } from 'node:stream';

/** Hands over the lines of a stream, one character a byte, without their ends; the last one may have none. */
export function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('latin1');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach((line) => take(line));
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
