// Removes everything that was compiled, outputs of deleted sources included.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const workspaces = ['packages', 'examples'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)));
for (const workspace of [...workspaces, 'bench']) rmSync(join(root, workspace, 'dist'), { recursive: true, force: true });
