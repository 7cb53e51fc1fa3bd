/** The few instructions that are used here, by their byte. @see https://webassembly.github.io/spec/core/binary/instructions.html */
export const Op = {
  BLOCK: 0x02,
  LOOP: 0x03,
  END: 0x0b,
  BR: 0x0c,
  BR_IF: 0x0d,
  RETURN: 0x0f,
  LOCAL_GET: 0x20,
  LOCAL_SET: 0x21,
  LOCAL_TEE: 0x22,
  I64_LOAD: 0x29,
  I32_LOAD8_U: 0x2d,
  I64_LOAD8_U: 0x31,
  I32_CONST: 0x41,
  I64_CONST: 0x42,
  I32_EQZ: 0x45,
  I32_LT_U: 0x49,
  I32_GE_U: 0x4f,
  I64_NE: 0x52,
  I32_ADD: 0x6a,
  I32_SUB: 0x6b,
  I32_SHL: 0x74,
  I64_AND: 0x83,
  I64_XOR: 0x85,
  I64_SHL: 0x86,
  I64_SHR_U: 0x88,
  I32_WRAP_I64: 0xa7,
} as const;

export const Type = { I32: 0x7f, I64: 0x7e, NONE: 0x40, FUNCTION: 0x60 } as const;

/** A number in LEB128, signed or not: what is small takes one byte. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = rest === ((low & 0x40) === 0 ? 0 : -1);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** As `leb`, for counts and offsets. */
export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** What a module of one function is made of. */
export interface OneFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly result: number;
  /** Types of its locals, numbered on from the parameters. */
  readonly locals: readonly number[];
  readonly body: readonly number[];
  /** Pages of 64 KiB of its memory, which is exported as `memory`. */
  readonly pages: number;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** The module, ready to be compiled. @see https://webassembly.github.io/spec/core/binary/modules.html */
export function moduleOf({ name, parameters, result, locals, body, pages }: OneFunction): Uint8Array<ArrayBuffer> {
  const code = [...list(locals.map((type) => [1, type])), ...body, Op.END];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [[Type.FUNCTION, ...list(parameters.map((type) => [type])), 1, result]]),
    ...section(3, [[0]]),
    ...section(5, [[0x01, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(7, [[...text(name), 0x00, 0], [...text('memory'), 0x02, 0]]),
    ...section(10, [[...unsigned(code.length), ...code]]),
  ]);
}

function section(id: number, entries: readonly number[][]): number[] {
  const content = list(entries);
  return [id, ...unsigned(content.length), ...content];
}

function list(entries: readonly number[][]): number[] {
  return [...unsigned(entries.length), ...entries.flat()];
}

function text(value: string): number[] {
  return list([...Buffer.from(value)].map((byte) => [byte]));
}
