import { pluginContractSuite } from '@duet/core/testing';
import { defragWith } from './fake-defragmenter.js';

pluginContractSuite(defragWith(), { config: { minBytes: 1, minExtents: 2 } });
