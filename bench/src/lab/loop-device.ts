import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { command } from './command.js';
import { LabError } from './lab-error.js';

/**
 * A block device of one's own on a sparse image.
 *
 * Direct I/O on the image: what the device counts as read has really been read
 * from below it, and no second page cache hides anything.
 */
export class LoopDevice {
  /** `loop0` */
  readonly name: string;
  /** `/dev/loop0` */
  readonly path: string;
  /** `7:0` */
  readonly majorMinor: string;

  private constructor(path: string) {
    this.path = path;
    this.name = basename(path);
    this.majorMinor = readFileSync(`/sys/block/${this.name}/dev`, 'latin1').trim();
  }

  /** Makes the image, sparse and `sizeBytes` long, and a device on it. */
  static attach(image: string, sizeBytes: number): LoopDevice {
    const fd = openSync(image, 'wx', 0o600);
    ftruncateSync(fd, sizeBytes);
    closeSync(fd);
    const device = new LoopDevice(command('losetup', ['--find', '--show', '--direct-io=on', image]).trim());
    if (readFileSync(`/sys/block/${device.name}/loop/dio`, 'latin1').trim() !== '1') {
      device.detach();
      throw new LabError(`no direct I/O on ${image}: put the lab on a file system that has it (DUET_LAB_DIR)`);
    }
    return device;
  }

  /** Bytes read from the device since it was made. */
  bytesRead(): number {
    const fields = readFileSync(`/sys/block/${this.name}/stat`, 'latin1').trim().split(/\s+/);
    return Number(fields[2]) * 512;
  }

  detach(): void {
    command('losetup', ['--detach', this.path]);
  }
}
