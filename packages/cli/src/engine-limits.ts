import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { setEngineFlag } from '@duet/core/engine-flags';

/** From here on the heap is to grow slowly, in bytes. */
const LARGE_HEAP_BYTES = 48 * 2 ** 20;

/**
 * Has V8 spend less on a process that is to stay small and ends soon: code that
 * is hot is optimized with little of what it calls, and not in every way. All of
 * it at once takes longer to optimize than it saves a run of some seconds. And
 * the part of the heap where objects begin stays as large as it has become by
 * then, 1 to 4 MiB a thread: growing, it would touch tens of MiB more, each page of which
 * costs a fault, for collections that are few and short anyway.
 *
 * To be called when all is loaded: compiled code that Node brings along is not
 * used with other flags than it was made with, which costs a tenth of a start.
 * The bundle has its own code compiled with these flags too, for what is loaded
 * afterwards, until the heap is large.
 */
export function limitEngine(): void {
  setEngineFlag({ wanted: '--max-inlined-bytecode-size-cumulative=200', usual: '--max-inlined-bytecode-size-cumulative=920' });
  setEngineFlag({ wanted: '--semi-space-growth-factor=1', usual: '--semi-space-growth-factor=2' });
  setEngineFlag({ wanted: '--no-turbo-escape', usual: '--turbo-escape' });
  setEngineFlag({ wanted: '--no-turbo-loop-peeling', usual: '--turbo-loop-peeling' });
}

/**
 * Has the heap grow by a fifth between collections once it is large, where V8 by
 * itself lets it more than double: a tool that runs beside others keeps its memory
 * small. For 100,000 files it saves a fifth of the memory. Before, each fifth
 * would be a few MiB, and collecting so often takes a run of 20,000 files a
 * twentieth of its time.
 */
export function limitHeapOnceLarge(): void {
  // Told some turns after a collection: what the heap has by then is close to what was left.
  const observer = new PerformanceObserver(() => {
    if (getHeapStatistics().used_heap_size < LARGE_HEAP_BYTES) return;
    observer.disconnect();
    setEngineFlag({ wanted: '--heap-growing-percent=20', usual: '--heap-growing-percent=0' });
  });
  observer.observe({ entryTypes: ['gc'] });
}
