import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 optimize a function only after it was found busy ten times, where
 * three are its own measure. A run has five threads, each of which compiles
 * for itself: of a backup of 20,000 small files a quarter of the processor
 * time was V8's compiler, mostly for what was over soon: this saves 0.1 to
 * 0.3 s of 4.4 there, and nothing that could be measured where no file changed.
 * Long runs have the same code some milliseconds later.
 */
setFlagsFromString('--ticks-before-optimization=10');
