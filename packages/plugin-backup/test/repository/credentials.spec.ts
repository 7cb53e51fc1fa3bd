import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryLocation, repositoryPassword } from '../../src/repository/credentials.js';
import { useTempFolder } from '../temp-folder.js';

describe('credentials', () => {
  const folder = useTempFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text);
    return join(folder.path, name);
  };

  it('the password comes from a file, a command, or the environment, in this order', async () => {
    const passwordFile = file('password', ' from a file \n');
    const variables = { RESTIC_PASSWORD: 'variable', RESTIC_PASSWORD_FILE: passwordFile, RESTIC_PASSWORD_COMMAND: 'echo x' };
    assert.equal(await repositoryPassword({ passwordFile }, variables), 'from a file');
    assert.equal(await repositoryPassword({ passwordCommand: `printf '%s\\n' "two  words" ';'` }, variables), 'two  words\n;');
    assert.equal(await repositoryPassword({}, variables), 'variable');
    assert.equal(await repositoryPassword({}, { RESTIC_PASSWORD_FILE: passwordFile }), 'from a file');
    assert.equal(await repositoryPassword({}, { RESTIC_PASSWORD_COMMAND: 'echo x' }), 'x');
  });

  it('says what is wrong with them', async () => {
    await assert.rejects(repositoryPassword({}, {}), { code: 'DUET_ERR_REPO_PASSWORD', message: 'no password was given' });
    await assert.rejects(repositoryPassword({ passwordFile: 'a', passwordCommand: 'b' }, {}), { code: 'DUET_ERR_USAGE' });
    await assert.rejects(repositoryPassword({ passwordFile: join(folder.path, 'nothing') }, {}), { code: 'DUET_ERR_REPO_PASSWORD', message: /ENOENT/ });
    await assert.rejects(repositoryPassword({ passwordFile: file('empty', '\n') }, {}), { code: 'DUET_ERR_REPO_PASSWORD', message: /empty/ });
    await assert.rejects(repositoryPassword({ passwordCommand: 'false' }, {}), { code: 'DUET_ERR_REPO_PASSWORD', message: /failed: false/ });
    await assert.rejects(repositoryPassword({ passwordCommand: ' ' }, {}), { code: 'DUET_ERR_REPO_PASSWORD' });
  });

  it('the repository is named by the option, or as restic has it', () => {
    assert.equal(repositoryLocation({ repo: '/r' }, { RESTIC_REPOSITORY: '/v' }), '/r');
    assert.equal(repositoryLocation({}, { RESTIC_REPOSITORY: 'local:/v' }), '/v');
    assert.equal(repositoryLocation({}, { RESTIC_REPOSITORY_FILE: file('name', '/f\n') }), '/f');
    assert.throws(() => repositoryLocation({}, {}), { code: 'DUET_ERR_REPO_MISSING' });
    assert.throws(() => repositoryLocation({ repo: 'sftp:host:/x' }, {}), { code: 'DUET_ERR_USAGE', message: /^sftp:/ });
    assert.equal(repositoryLocation({ repo: './s3:x' }, {}), './s3:x');
  });
});
