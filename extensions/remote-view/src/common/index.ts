export * from './remote-file-protocol';
export * from './drop-plan';
