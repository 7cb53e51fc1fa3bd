import { errnoOf, fromText } from '../../../src/model/index.js';
import type { BytePath } from '../../../src/model/index.js';
import { Root, UnitReader } from '../../../src/kernel/read/index.js';
import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { collect } from './scanned-tree.js';

/** A program for tests, started as root: walks a folder once as root and once as nobody, and prints what it saw as JSON. */
const folder = process.argv[2];
const NOBODY = 65534;

const scanner = new ThreadScanner(fromText(folder));
const asRoot = await collect(scanner);
const root = Root.open(fromText(folder));
process.seteuid!(NOBODY);

const { files, problems } = await collect(scanner);
const rows = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
console.log(
  JSON.stringify({
    problems,
    files: rows.map(({ path, size, gen, probedNs }) => ({ path, size, sameGen: gen === asRoot.files.get(path)!.gen, probed: probedNs > 0 })),
    root: codeOf(() => Root.open(fromText(`${folder}/closed`))),
    direct: codeOf(() => {
      const { ino, fs } = files.get('private' as BytePath)!;
      new UnitReader(root).read({ path: 'private' as BytePath, ino, statDev: fs.statDev, offset: 0, bytes: 7, direct: false }, () => undefined);
    }),
  }),
);
process.seteuid!(0);
await scanner.close();

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (error) {
    const errno = errnoOf(error);
    const { code } = error as { code: string };
    return code === 'DUET_ERR_READ' ? `${code} ${errno}` : code;
  }
}
