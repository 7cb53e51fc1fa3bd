/** Version of Duet: of @duet/core and of all packages that are released with it. A constant, so that a bundle need not find the package. */
export const CORE_VERSION = '0.1.0';
