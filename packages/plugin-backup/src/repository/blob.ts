/** What a blob is: a chunk of a file's content, or a folder's list. */
export type BlobType = 'data' | 'tree';

/** A blob as it lies in a pack. */
export interface PackedBlob {
  readonly type: BlobType;
  /** SHA-256 of the plain, uncompressed content. */
  readonly id: Uint8Array;
  /** First byte in the pack. */
  readonly offset: number;
  /** Bytes that it takes there, sealed. */
  readonly length: number;
  /** Bytes of its content if that is compressed; 0: it is not. */
  readonly uncompressedLength: number;
}

/** A pack and the blobs in it, in the order of their offsets. */
export interface PackEntry {
  /** SHA-256 of the pack file, which is its name. */
  readonly id: Uint8Array;
  readonly blobs: readonly PackedBlob[];
}
