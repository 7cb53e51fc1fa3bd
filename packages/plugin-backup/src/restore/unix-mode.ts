const PERMISSIONS = 0o777;
const SPECIAL = [
  [2 ** 23, 0o4000],
  [2 ** 22, 0o2000],
  [2 ** 20, 0o1000],
] as const;

/** Permissions of a file with the setuid, setgid and sticky bits, by a mode of Go's `os.FileMode`. */
export function unixPermissions(mode: number): number {
  return SPECIAL.reduce((sum, [go, unix]) => (mode & go ? sum | unix : sum), mode & PERMISSIONS);
}
