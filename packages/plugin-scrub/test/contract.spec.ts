import { pluginContractSuite } from '@duet/core/testing';
import { scrub } from '../src/index.js';

pluginContractSuite(scrub, { config: { threads: 1 } });
