import { fromBytes } from '../../model/index.js';
import type { BytePath, ScannedFs } from '../../model/index.js';
import { blockDeviceName } from '../block-device.js';
import { fsUuid } from '../fs-uuid.js';
import { kernelThreads, mountedAfterMs } from '../mount-time.js';
import type { KernelThread } from '../mount-time.js';
import { parseMountInfo, readMountInfo } from '../mounts.js';
import type { Mount } from '../mounts.js';
import { isPseudo } from '../pseudo-fs.js';
import { residencyKnown, sharesNumbers, subvolumeOfHandle } from '../probe/index.js';
import { directReadMethod } from '../read/direct-read-method.js';
import { FileHandle, fsMagic } from '../syscalls/index.js';
import type { Stat } from '../syscalls/index.js';

/** Ordinary file systems of disks. */
const ON_DISK = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs']);

/** A file system met in a walk, and its number in the batches. */
export interface FsEntry {
  readonly no: number;
  readonly fs: ScannedFs;
  /** Whether an ioctl tells inode generations, faster than the handle and the same. */
  readonly hasGetVersion: boolean;
  /** Whether nothing is cached behind the end of a plain file but by its last folio: with tmpfs the cache is where files are. */
  readonly endsWithFile: boolean;
}

/** A file system without the number that it has in one walk. */
type Description = Omit<FsEntry, 'no'> | 'pseudo';

/** What file systems are, by `st_dev`: kept from walk to walk while no mount changes. */
export class FsDescriptions {
  #mountInfo = '';
  #mounts: Mount[] = [];
  readonly #known = new Map<number, Description>();
  readonly #ids = new Map<string, number>();
  #threads: KernelThread[] | undefined;

  /** Forgets what may have changed; before each walk. */
  refresh(): void {
    const mountInfo = readMountInfo();
    const text = fromBytes(mountInfo);
    if (text === this.#mountInfo) return;
    this.#mountInfo = text;
    this.#mounts = parseMountInfo(mountInfo);
    this.#known.clear();
    this.#threads = undefined;
  }

  /** The file system of an open file or folder, by its state. */
  find(fd: number, stat: Stat): Description {
    let known = this.#known.get(stat.dev);
    if (known === undefined) {
      known = this.#describe(fd, stat);
      this.#known.set(stat.dev, known);
    } else if (known !== 'pseudo' && !known.fs.sharesNumbers && sharesNumbers(fd, known.fs.subvolume)) {
      // A subvolume is made without any mount.
      known = { ...known, fs: { ...known.fs, sharesNumbers: true } };
      this.#known.set(stat.dev, known);
    }
    return known;
  }

  #describe(fd: number, stat: Stat): Description {
    const mount = this.#mountOf(stat);
    const fsType = mount?.fsType ?? 'unknown';
    if (isPseudo(fsType)) return 'pseudo';
    const dev = mount?.dev ?? stat.dev;
    const handle = new FileHandle();
    const subvolume = handle.read(fd) === 0 ? subvolumeOfHandle(handle) : 0;
    const fs: ScannedFs = {
      fs: this.#idOf(fsUuid(fd, fsType, dev), dev, stat.dev),
      dev,
      subvolume,
      sharesNumbers: sharesNumbers(fd, subvolume),
      statDev: stat.dev,
      fsType,
      mountPoint: mount?.mountPoint ?? ('/' as BytePath),
      mountedAfterMs: mountedAfterMs(fsType, blockDeviceName(dev) ?? '', (this.#threads ??= kernelThreads())),
      residencyKnown: residencyKnown(fd),
      directRead: directReadMethod(fsMagic(fd)),
    };
    const isOnDisk = ON_DISK.has(fsType);
    return { fs, hasGetVersion: isOnDisk, endsWithFile: isOnDisk };
  }

  #mountOf(stat: Stat): Mount | undefined {
    const byId = (mount: Mount): boolean => mount.id === stat.mountId;
    if (!this.#mounts.some(byId)) this.refresh();
    // By number before Linux 5.8, or in a changed root, which hides the mount that it is on.
    return this.#mounts.find(byId) ?? this.#mounts.find((mount) => mount.dev === stat.dev);
  }

  /** Copies of one disk have the same UUID: the second to be met must not pass for the first. */
  #idOf(uuid: string | undefined, dev: number, statDev: number): string {
    if (uuid === undefined) return `dev-${statDev}`;
    const first = this.#ids.get(uuid);
    if (first === undefined) this.#ids.set(uuid, dev);
    return first === undefined || first === dev ? uuid : `${uuid}@dev-${dev}`;
  }
}

/** The file systems met in one walk, by `st_dev`. */
export class FsTable {
  readonly #descriptions: FsDescriptions;
  readonly #entries = new Map<number, FsEntry | 'pseudo'>();
  #announced: ScannedFs[] = [];
  #count = 0;

  constructor(descriptions: FsDescriptions) {
    this.#descriptions = descriptions;
    descriptions.refresh();
  }

  /** The file system of an open file or folder, by its state; 'pseudo' for one to stay out of. */
  find(fd: number, stat: Stat): FsEntry | 'pseudo' {
    let entry = this.#entries.get(stat.dev);
    if (entry === undefined) {
      const description = this.#descriptions.find(fd, stat);
      entry = description === 'pseudo' ? 'pseudo' : { no: this.#count++, ...description };
      if (entry !== 'pseudo') this.#announced.push(entry.fs);
      this.#entries.set(stat.dev, entry);
    }
    return entry;
  }

  /** The file systems met since the last call, in the order of their numbers. */
  takeNew(): ScannedFs[] {
    const taken = this.#announced;
    this.#announced = [];
    return taken;
  }
}
