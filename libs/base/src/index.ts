export * from './clock';
export * from './connect-error';
export * from './error-catalog';
export * from './path-bytes';
export * from './random';
export * from './range-set';
export * from './system-clock';
export * from './units';
