import type { Readable } from 'node:stream';

/** Limit on the characters of a line, since a program may write without ever ending one. */
const longestLine = 65_536;

/** Calls `take` for each line of a text stream. A line beyond the limit is passed in parts. */
export function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  /** Returns the remainder, which is within the limit. */
  const cut = (text: string): string => {
    let start = 0;
    for (; text.length - start > longestLine; start += longestLine) take(text.slice(start, start + longestLine));
    return text.slice(start);
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) take(cut(line).replace(/\r$/, ''));
    rest = cut(last);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
