import { Lab } from '../../src/lab/lab.js';

/** Makes everything that a lab can make, says where, and waits to be killed. */
const lab = new Lab({ fs: 'ext4', sizeBytes: 64 << 20 });
const group = lab.group({ memoryBytes: 64 << 20, readBytesPerSecond: 1 << 20 });
const program = lab.start(['sh', '-c', 'cd "$1" && exec sleep 600', 'sh', lab.path], { group });
lab.traceAdded();
process.stdout.write(`${JSON.stringify({ device: lab.device.path, path: lab.path, image: lab.image, groups: group.procsFiles, program: program.pid })}\n`);
