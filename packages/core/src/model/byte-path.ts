declare const bytePath: unique symbol;

/**
 * A file name or path as the kernel has it: bytes, one per character (latin1).
 *
 * Names on Linux are bytes, not text. A string with one character a byte keeps
 * them whole, compares and concatenates like any string, and takes one byte of
 * memory a character. Convert at the edges: `toDisplay` for people,
 * `toBytes` for system calls.
 */
export type BytePath = string & { readonly [bytePath]: true };

/** The path in `bytes`, kept byte for byte. */
export function fromBytes(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as BytePath;
}

/** The path that a person typed, or that a program holds as text (UTF-8). */
export function fromText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1') as BytePath;
}

/** The bytes of `path`, without a terminating NUL. */
export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

// oxlint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Whether the bytes of `path` are valid UTF-8. */
export function isUtf8(path: BytePath): boolean {
  if (ASCII.test(path)) return true;
  try {
    utf8.decode(toBytes(path));
    return true;
  } catch {
    return false;
  }
}

/** `path` as text for people; bytes that are not UTF-8 become U+FFFD. */
export function toDisplay(path: BytePath): string {
  return ASCII.test(path) ? path : toBytes(path).toString('utf8');
}

/** `name` inside the folder `parent`; an empty parent gives the name itself. */
export function joinPath(parent: BytePath, name: BytePath): BytePath {
  if (parent === '') return name;
  return (parent.endsWith('/') ? parent + name : `${parent}/${name}`) as BytePath;
}

/**
 * Whether `path` is `folder` itself or lies below it, by whole names:
 * `/homework` is not below `/home`.
 */
export function isUnder(path: BytePath, folder: BytePath): boolean {
  if (folder === '' || folder === '/') return true;
  return path.startsWith(folder) && (path.length === folder.length || path.charCodeAt(folder.length) === 47);
}

/** The folder that a path is in, '' at the top, and the last part of the path. */
export function splitPath(path: BytePath): [folder: BytePath, name: BytePath] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, Math.max(slash, 0)) as BytePath, path.slice(slash + 1) as BytePath];
}

/** What lies on the way to an absolute path, itself included: `/`, `/a` and `/a/b` for `/a/b`. */
export function pathsTo(path: BytePath): BytePath[] {
  const paths = ['/'];
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) paths.push(path.slice(0, end));
  if (path !== '/') paths.push(path);
  return paths as BytePath[];
}

/** `path` relative to `folder`, which it must be under; '' for the folder itself. */
export function relativeTo(path: BytePath, folder: BytePath): BytePath {
  if (folder === '') return path;
  const skip = folder.endsWith('/') ? folder.length : folder.length + 1;
  return path.slice(skip) as BytePath;
}
