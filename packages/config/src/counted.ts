/**
 * Returns a number with its noun, which is in the plural unless the number is 1.
 *
 * @example
 * ```ts
 * counted(1, 'role'); // 1 role
 * counted(2000, 'role'); // 2,000 roles
 * ```
 */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
