import type { Token } from '../plugin/index.js';

/** A task's own dependencies. */
export interface TaskContainer {
  resolve<T>(token: Token<T>): T;
  /** Registers the factory unless the token is known already; made once, when first asked for. */
  provide<T>(token: Token<T>, make: () => T): void;
  dispose(): Promise<void>;
}
