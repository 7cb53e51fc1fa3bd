import { MemoryStore, MemoryTables } from '../../src/store/index.js';
import { storeSuite } from './store-suite.js';

describe('MemoryStore', () => {
  storeSuite(() => {
    const tables = new MemoryTables();
    return { open: async (now) => new MemoryStore(tables, now), remove: async () => undefined };
  });
});
